/*
 * model.h
 *		Front door of room model: the registry in memory, field types, and the
 *		operations that change a schema.
 *
 * A registry is one immutable picture of aksara.model and aksara.field joined
 * with the catalog.  ak_model_registry() pins the current one for the life of
 * CurrentMemoryContext; whatever is reached from it stays valid that long,
 * also when an invalidation arrives in between.  The next call then gets a
 * new picture.
 */
#ifndef AK_MODEL_H
#define AK_MODEL_H

#include "core/core.h"

#include "access/attnum.h"
#include "nodes/nodes.h"

typedef struct AkRegistry AkRegistry;
typedef struct AkModel AkModel;
typedef struct AkField AkField;
typedef struct AkFieldType AkFieldType;

struct AkField
{
	AkModel    *model;
	char	   *name;
	const AkFieldType *type;
	int			position;		/* fields are sorted by it; gaps are fine */
	int			index;			/* in model->fields */
	AkJson	   *options;		/* as registered; an object */
	char	   *column;			/* NULL: the field has no column (ManyToMany) */
	char	   *json_name;		/* key in documents that come out: name, author_id for a relation */

	/* What the catalog says; attnum is 0 where the column is gone. */
	AttrNumber	attnum;
	Oid			typid;
	int32		typmod;
	Oid			collation;
	bool		not_null;
	bool		has_default;	/* default, identity or generated */
	bool		generated;		/* may not be written */
	bool		is_key;			/* part of the primary key */

	struct AkRelation *relation;	/* room relation's, else NULL */
	List	   *parts;			/* of AkField *: the fields whose columns it stands for, where it has none of its own */
};

struct AkModel
{
	AkRegistry *registry;
	char	   *app;			/* schema */
	char	   *name;
	char	   *label;			/* app.Name */
	char	   *table;
	char	   *sql_name;		/* quoted schema.table */
	Oid			relid;			/* InvalidOid: the table is gone (dangling), or the model is abstract */
	bool		abstract;		/* a base for others, without a table */
	Oid			claimant;		/* dangling: the role that restored it; InvalidOid: a superuser, or not dangling */
	AkJson	   *meta;			/* an object */
	int			nfields;
	AkField   **fields;			/* in order of definition */
	int			nkeys;
	AkField   **keys;			/* the primary key's fields, in its order */
	struct AkRelations *relations;	/* room relation's, else NULL */
	struct AkLevel *row_level;	/* room query's: how a row is written as JSON; NULL until that is needed */
	struct AkForRole *rules;	/* room validation's, by role; NULL until a row is written */
	struct AkForRole *receivers;	/* room signal's, the same */
};

struct AkRegistry
{
	MemoryContext context;
	int			pins;
	bool		retired;
	int			nmodels;
	AkModel   **models;			/* sorted by app, name */
	struct HTAB *by_label;
	struct HTAB *by_table;
	List	   *custom_types;	/* of AkCustomType *: field types that are made, each in all its versions */
	struct HTAB *custom_by_label;
	struct HTAB *partitions;	/* of models' tables, as far as rows of them were written; NULL: none yet */
	struct AkSignals *signals;	/* room signal's */
	Oid			bell;			/* aksara.model: its invalidation retires the picture */
};

extern void ak_model_init(void);

/* ---- registry.c ---- */

extern AkRegistry *ak_model_registry(void);
/* Would ak_model_registry() give this picture?  It is not looked into. */
extern bool ak_model_is_current(const AkRegistry *registry);
/* NULL when there is none. */
extern AkModel *ak_model_find(AkRegistry *registry, const char *app, const char *name);
extern AkModel *ak_model_by_table(AkRegistry *registry, Oid relid);
/* By "Name" along search_path or "app.Name"; 42P01 with the nearest or the qualified names. */
extern AkModel *ak_model_resolve(AkRegistry *registry, const char *name);
/* The same, NULL when there is none. */
extern AkModel *ak_model_lookup(AkRegistry *registry, const char *name);
/* A field by its name, its json_name or "pk" (single key); NULL when there is none. */
extern AkField *ak_model_field(const AkModel *model, const char *name);
/* Names a user may write, for hints: List of char *. */
extern List *ak_model_field_names(const AkModel *model);
/* 42703 with the nearest name. */
extern void ak_model_no_field(const AkModel *model, const char *name) pg_attribute_noreturn();
/* The model's only key field; 42P16 where there is none or several. */
extern AkField *ak_model_key(const AkModel *model);
/* 42501 unless the caller owns the model's table. */
extern void ak_model_require_owner(const AkModel *model);

/* ---- guard.c: what is written to the registry besides the gateway ---- */

/* May the row be written?  Raises where it is ill-formed; false leaves it out. */
typedef bool (*AkAdmitFn) (HeapTuple row, TupleDesc desc);

/*
 * The body of a trigger function of aksara.<table>: BEFORE each row, AFTER
 * each INSERTed row (`note`, or NULL) and AFTER each INSERT.
 */
extern Datum ak_model_guard(FunctionCallInfo fcinfo, const char *table, AkAdmitFn admit,
							void (*note) (HeapTuple row, TupleDesc desc));
/* Says that a row stays out of the registry; to be returned by an AkAdmitFn. */
extern bool ak_model_leave_out(const char *what, const char *reason);
/* May the current user say what belongs to this model, dangling or not? */
extern bool ak_model_may_say(const AkModel *model);
/* The model of a row that has columns app and model; NULL and *admitted set where nothing is left to look at. */
extern AkModel *ak_model_of_row(HeapTuple row, TupleDesc desc, const char *kind, const char *field, bool *admitted);
/* Keeps a row ("field" or "relation") until what it belongs to has come. */
extern void ak_model_keep_for_later(HeapTuple row, TupleDesc desc, const char *kind);
/* InvalidOid where it is gone, or is no table. */
extern Oid	ak_model_table_owner(Oid relid);

/* ---- check.c: where the registry and the catalog differ ---- */

typedef struct AkFindings AkFindings;

/* One line of check_registry(). */
extern void ak_model_finding(AkFindings *findings, const char *kind, const AkModel *model,
							 const char *format,...) pg_attribute_printf(4, 5);

/* ---- value.c: document values to Datums, strictly ---- */

typedef struct AkValue
{
	Oid			type;
	Datum		datum;
	bool		isnull;
} AkValue;

/*
 * Reads a document's value by the field's type (its normalising included).
 * JSON null gives isnull.  A value that does not fit adds a problem under the
 * field's name and returns false.
 */
extern bool ak_model_read(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems);
/* The same for a bare SQL type; `where` names the value in messages. */
extern bool ak_model_read_typed(Oid type, int32 typmod, const char *where, const AkJson *value,
								AkValue *out, AkProblems *problems);
/* Raises at once instead of collecting. */
extern AkValue ak_model_read_strict(const AkField *field, const AkJson *value);
/* A list of values as one array of the field's type, nulls dropped; of text where that is an array type itself. */
extern AkValue ak_model_read_list(const AkField *field, const AkJson *list);
extern AkValue ak_model_read_list_of(Oid type, const char *where, const AkJson *list);
/* {"$v": …, "as": …} of builders unwrapped; other values as they are. */
extern const AkJson *ak_model_unwrap(const AkJson *value);

/* A collation by its name, with or without a schema; and as in DDL, quoted, with its schema. */
extern Oid	ak_model_find_collation(const char *name);
extern char *ak_model_collation_name(Oid collation);
/* The field's value as document JSON, from a Datum. */
extern AkJson *ak_model_value_to_json(Oid type, Datum value, bool isnull);

/* ---- key.c: a row's key in documents ---- */

/* By the key's fields, in its order: {"id": 1}. */
extern AkJson *ak_model_key_object(const AkModel *model, const Datum *values, const bool *nulls);
/* A single value, or an object where the key has several fields. */
extern AkJson *ak_model_key_document(const AkModel *model, const Datum *values, const bool *nulls);
/* The same of a row whose first columns are the key's. */
extern AkJson *ak_model_leading_key(const AkModel *model, TupleTableSlot *row);

/* ---- definition.c: a model or field being defined ---- */

typedef struct AkModelDef AkModelDef;

/* A table constraint that a rule becomes; its name is {table}_{field}_{rule}. */
typedef struct AkCheck
{
	char	   *rule;
	char	   *expression;
	char	   *code;			/* of its problem; NULL: as the rule's word says */
	char	   *message;		/* NULL: as the code says */
	bool		of_row;			/* reads other columns too */
	const AkJson *source;		/* the validator that it comes from; NULL: an option of the kind */
} AkCheck;

typedef struct AkFieldDef
{
	AkModelDef *model;
	char	   *name;
	const AkFieldType *type;
	AkJson	   *options;
	char	   *column;			/* NULL: no column */
	char	   *sql_type;		/* as in DDL */
	bool		nullable;
	bool		unique;
	bool		primary_key;
	bool		identity;
	bool		db_index;
	Oid			collation;		/* asked for; InvalidOid: the type's */
	char	   *default_sql;	/* expression, or NULL */
	char	   *generated_sql;	/* GENERATED ALWAYS AS (…) STORED, or NULL */
	List	   *checks;			/* of AkCheck * */
	List	   *parts;			/* of AkFieldDef *: those that it stands for, where it has no column */
	void	   *extra;			/* the type's own */
} AkFieldDef;

struct AkModelDef
{
	char	   *app;
	char	   *name;
	char	   *table;
	AkJson	   *meta;
	bool		abstract;
	bool		registered;		/* what is defined is there already, and was right when it was made */
	List	   *fields;			/* of AkFieldDef * */
	List	   *keys;			/* of AkFieldDef *: the primary key, in its order */
	List	   *objects;		/* constraints and indexes of meta */
};

/* What `deferrable` says of a constraint. */
typedef enum AkDeferral
{
	AK_NOT_DEFERRABLE,
	AK_DEFERRED,				/* checked when the transaction ends */
	AK_IMMEDIATE				/* unless SET CONSTRAINTS says otherwise */
} AkDeferral;

/* The words, for messages: what the option may be. */
#define AK_DEFERRAL_WORDS "true, false, \"deferred\" or \"immediate\""
/* Without the white space around it. */
extern char *ak_model_trimmed(const char *text);
/* A value of a definition as a literal of the field's column; 42P16 saying `what` it is where it does not fit. */
extern char *ak_model_value_literal(const AkFieldDef *def, const AkJson *value, const char *what);
/* What an e-mail address looks like, as a regular expression. */
#define AK_MODEL_EMAIL \
	"^[^@[:space:].]+(\\.[^@[:space:].]+)*@[^@[:space:].]+(\\.[^@[:space:].]+)*\\.[^@[:space:].0-9]{2,}$"

/* Reads the option's value, NULL when absent; false when it is no such word. */
extern bool ak_model_read_deferral(const AkJson *value, AkDeferral *deferral);
/* " DEFERRABLE …", or nothing. */
extern const char *ak_model_deferral_clause(AkDeferral deferral);

extern AkCheck *ak_model_add_check(AkFieldDef *def, const char *rule, const char *format,...) pg_attribute_printf(3, 4);
/* {table}_{field}_{rule}, cut to an identifier as PostgreSQL cuts its own. */
extern char *ak_model_object_name(const char *table, const char *field, const char *rule);

/* ---- abstract.c ---- */

/* A name in a definition with the model's in the place of %(class)s and %(app_label)s; as it is in a base. */
extern char *ak_model_own_name(const AkModelDef *def, char *text);

/* ---- part.c: fields that another field stands for ---- */

/* The parts that the model's definition holds already, made for the field at another time; of AkFieldDef *. */
extern List *ak_model_find_parts(const AkFieldDef *whole);
/* Makes one, behind those before it. */
extern AkFieldDef *ak_model_add_part(AkFieldDef *whole, const char *name, AkJson *definition);
/* The parts that were made for a field, of AkField *. */
extern List *ak_model_made_parts(const AkField *whole);
/* Gives a part other values of options, an object; null: none. */
extern void ak_model_alter_part(const AkField *part, const AkJson *changes);
/* A definition of the model as it is, for defining another field of it; keys are not in their order. */
extern AkModelDef *ak_model_definition_of(const AkModel *model);
extern AkFieldDef *ak_model_find_field_def(const AkModelDef *def, const char *name);

/* ---- expression.c: SQL text in definitions ---- */

/* Where an expression will stand, which decides what it may use. */
typedef enum AkExpressionUse
{
	AK_EXPRESSION_VALUE,		/* evaluated on its own: no column */
	AK_EXPRESSION_DEFAULT,		/* a column's DEFAULT: no column */
	AK_EXPRESSION_GENERATED,
	AK_EXPRESSION_CHECK,		/* boolean */
	AK_EXPRESSION_INDEX,
	AK_EXPRESSION_TRANSFORM,	/* a column's values given another type */
	AK_EXPRESSION_PREDICATE		/* an index's condition: boolean */
} AkExpressionUse;

typedef struct AkExpression
{
	const char *source;			/* the text as given */
	const char *what;			/* for messages: "option \"db_default\" of field \"x\"" */
	AkExpressionUse use;
	const AkModelDef *over;		/* whose columns it may use, also by their fields' names; NULL for VALUE and DEFAULT */
	bool		by_field;		/* gives them the fields' names, which is how it is kept; else the columns' */
	const char *alias;			/* the name that the only column of `over` has in the text; NULL: its own */
	const AkJson *constants;	/* beside an alias: names that stand for values */
	Oid			type;			/* coerced to it; InvalidOid: any */
	int32		typmod;
} AkExpression;

/* One expression, analysed and deparsed with names qualified; 42P16 naming `what` when it is anything else. */
extern char *ak_model_expression(const AkExpression *e);
/* May its value change with time or settings, the row being the same? */
extern bool ak_model_expression_is_mutable(const AkExpression *e);
/* Is the text one SQL expression, as far as the grammar says, with brackets around it and without? */
extern bool ak_model_is_one_expression(const char *text);
/* The deparse is run, in DDL too, between these: then what stands bare is pg_catalog's. */
extern int	ak_model_pin_search_path(void);
extern void ak_model_unpin_search_path(int level);

/*
 * A kind of field.  `options` are the words it takes besides the common ones.
 * Every callback may be NULL.
 */
struct AkFieldType
{
	const char *name;			/* "String"; "StringField" is found too */
	const char *const *options; /* NULL-terminated */
	bool		relation;		/* stands for rows of another model */

	/* Checks the options and fills column, sql_type, default, checks. */
	void		(*define) (AkFieldDef *def);
	/* All fields and the key are defined: finds the field's parts, or adds them behind it. */
	void		(*expand) (AkFieldDef *def);
	/* The other fields of the model are defined too: for what refers to them. */
	void		(*complete) (AkFieldDef *def);
	/* The table, its column and the registry row exist: add keys, junctions, own rows. */
	void		(*built) (AkFieldDef *def, Oid relid);
	/* Before the column or table goes. */
	void		(*removing) (AkField *field);
	/* The name of the foreign key that is the field's own, NULL: none; and its clause as the definition would make it. */
	const char *(*native_key) (const AkField *field);
	const char *(*native_key_sql) (const AkField *field);
	/*
	 * alter_field, where both definitions are of relations or of none.
	 * `altering`: before the column changes; lets go of what would hold it
	 * (a native key).  `altered`: the column and the registry row are as the
	 * new definition says; `old` is the descriptor from before.
	 */
	void		(*altering) (const AkField *old, AkFieldDef *new);
	void		(*altered) (const AkField *old, AkFieldDef *new);
	/* After the field has a new name; gets the old descriptor. */
	void		(*renamed) (AkField *field, const char *new_name);
	/* Instead of reading by the column's type. */
	bool		(*read) (const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems);
	/* Before a write: the normal form of a value's text (Email); NULL option: always, else where that option is true. */
	char	   *(*normalize) (const AkField *field, const char *value);
	const char *normalize_option;
	const char *normalize_sql;	/* the same as SQL over %s, an expression of type text; NULL: there is none */
	/* Adds to the field's description. */
	void		(*describe) (const AkField *field, AkJson *out);

	const struct AkCustomType *custom;	/* what create_field_type() made it of; NULL: it is built in */
};

extern void ak_model_register_type(const AkFieldType *type);
/* Is the field's text brought into a normal form before it is stored? */
extern bool ak_model_normalizes(const AkField *field);
/* The field whose text fills this one where it is empty (Slug, auto_from); NULL: none. */
extern const AkField *ak_model_filled_from(const AkField *field);
/* Finds "String", "StringField", or a type that create_field_type() made, in its newest version; NULL when unknown. */
extern const AkFieldType *ak_model_find_type(const char *name);

/* ---- custom_value.c: values whose form in documents is not the stored one ---- */

/* Has the field a function that gives its values their form in documents? */
extern bool ak_model_shows_otherwise(const AkField *field);
/* Are the field's document values read by a function whose answer may change from call to call, or with settings? */
extern bool ak_model_reads_unsteadily(const AkField *field);
/* Are they read by a function at all? */
extern bool ak_model_reads_otherwise(const AkField *field);

typedef struct AkExternal AkExternal;

/* Makes ready to give values their form in documents, in CurrentMemoryContext; 42883, 42501 naming the field. */
extern AkExternal *ak_model_open_external(const AkField *field);
/* The type of what it gives. */
extern Oid	ak_model_external_type(const AkExternal *external);
extern Datum ak_model_to_external(AkExternal *external, Datum value, bool *isnull);

/*
 * An option that an upper room gives to every field with a column, or to the
 * meta of every model.  `define` checks its value, and may add to what the
 * field or model is made of.  Static, registered at library load.
 */
typedef struct AkFieldOption
{
	const char *name;
	/* Gives the value as it is kept. */
	AkJson	   *(*define) (AkFieldDef *def, const AkJson *value);
} AkFieldOption;

typedef struct AkMetaOption
{
	const char *name;
	AkJson	   *(*define) (AkModelDef *def, const AkJson *value);
} AkMetaOption;

extern void ak_model_register_option(const AkFieldOption *option);
extern void ak_model_register_meta(const AkMetaOption *option);
/* Adds a constraint, as in the "constraints" of meta, to a model being defined. */
extern void ak_model_define_constraint(AkModelDef *def, const AkJson *document);
/* The rules of the field's definition that are CHECKs, of AkCheck *. */
extern List *ak_model_field_checks(const AkField *field);

/* ---- rules.c: the trigger that keeps rules for every writer ---- */

/* A row about to be written, by its model's fields, also in a partition. */
typedef struct AkTriggerRow
{
	AkModel    *model;
	struct RelationData *rel;	/* the table or partition */
	TupleDesc	desc;
	HeapTuple	tuple;			/* as given; ak_model_row_tuple() has the changes */
	HeapTuple	old;			/* NULL: a new row */
	AttrNumber *columns;		/* by AkField.index; NULL: the model's own */
	Datum	   *values;
	bool	   *nulls;
	bool	   *replaced;
	bool		changed;
	bool		moved;			/* a new row that an UPDATE brings from another partition */
} AkTriggerRow;

extern Datum ak_model_row_value(const AkTriggerRow *row, const AkField *field, bool *isnull);
extern Datum ak_model_row_old_value(const AkTriggerRow *row, const AkField *field, bool *isnull);
extern void ak_model_row_set(AkTriggerRow *row, const AkField *field, Datum value, bool isnull);
/* The row with all changes so far. */
extern HeapTuple ak_model_row_tuple(AkTriggerRow *row);

typedef struct AkRowRules
{
	/* Sets the events that need the trigger. */
	void		(*needs) (const AkModel *model, bool *insert, bool *update);
	/* Changes the row, or raises. */
	void		(*apply) (AkTriggerRow *row);
} AkRowRules;

/* Once, at library load. */
extern void ak_model_on_row(const AkRowRules *rules);
/* Finds the model that the trigger's table is, or is a part of; false where there is none. */
extern bool ak_model_find_row_model(AkTriggerRow *row, struct RelationData *rel);

/* ---- condition.c: conditions over the names of fields ---- */

/* The condition with the field under its new name. */
extern char *ak_model_renamed_condition(const AkField *field, const char *new_name, const char *text);
/* Does it name a field that is not there? */
extern bool ak_model_is_orphaned(const AkModel *model, const char *condition);

/* ---- evaluate.c: SQL over a row in memory ---- */

/* A condition kept over the fields' names, as an expression tree over the table's columns. */
extern Node *ak_model_row_condition(const AkModel *model, const char *text);
/* function(value of the field), or function(row) where `field` is NULL; coerced to `wanted` unless that is InvalidOid. */
extern Node *ak_model_row_call(const AkModel *model, const char *function, const AkField *field, Oid wanted, int32 typmod);
extern struct ExprState *ak_model_make_ready(Node *expression, MemoryContext context);
/* The row as jsonb, under the names that documents use. */
extern Node *ak_model_row_document(const AkModel *model);
/* A slot of the columns of the model's table, in CurrentMemoryContext; and a row of the trigger in a virtual one. */
extern TupleTableSlot *ak_model_row_slot(const AkModel *model, const TupleTableSlotOps *ops);
extern void ak_model_fill_slot(TupleTableSlot *slot, const AkTriggerRow *row);

/* What a room makes ready of a model for one role: the first member of its own. */
typedef struct AkForRole
{
	struct AkForRole *next;		/* of another role */
	MemoryContext context;
	bool		busy;			/* in use: another call makes one of its own */
	uint64		generation;		/* of functions: another has come when it differs */
	Oid			role;			/* whom the functions were looked up for */
} AkForRole;

/* Makes one in CurrentMemoryContext, which is its own. */
typedef AkForRole *(*AkForRoleFn) (AkModel *model);

/* The current role's, made where there is none yet or a function has changed since. */
extern AkForRole *ak_model_for_role(AkModel *model, AkForRole **kept, AkForRoleFn make_one);
/* Runs something that calls what was made ready; after an error that is made anew. */
extern void ak_model_use(AkForRole *one, void (*run) (void *), void *arg);
/* Another number after each change of any function. */
extern uint64 ak_model_function_changes(void);

/* ---- operation.c: the closed list of schema changes ---- */

/*
 * Runs one operation, {"op": "create_model", …}, as the caller and returns
 * the operation that undoes it (NULL when nothing can).
 */
extern AkJson *ak_model_apply(const AkJson *operation);

typedef struct AkOperation
{
	const char *name;
	const char *const *keys;	/* that it takes besides "op", NULL-terminated */
	AkJson	   *(*run) (const AkJson *op);	/* what undoes it, where only the run tells; else NULL */
	AkJson	   *(*reverse) (const AkJson *op);	/* what undoes it, asked before the run */
} AkOperation;

/* An upper room's operation; static, at library load. */
extern void ak_model_register_operation(const AkOperation *operation);
/* A member that an operation needs: 22023 without it. */
extern char *ak_model_op_word(const AkJson *op, const char *key);
/* The model an operation is about, which the caller must own; and the field, by its own name. */
extern AkModel *ak_model_op_model(const AkJson *op);
extern AkField *ak_model_op_field(const AkJson *op, const AkModel *model);
extern AkJson *ak_model_new_operation(const char *name, const char *model);
/* One operation of several; the only one as it is. */
extern AkJson *ak_model_sequence(AkJson *steps);
/*
 * Gives the field other options of the kind that upper rooms have: its CHECKs
 * and the rules trigger follow.  `valid`: the rows that are there are checked.
 */
extern void ak_model_alter_options(const AkField *field, AkJson *options, bool valid);
/* Keeps a meta with other options of upper rooms, no more. */
extern void ak_model_store_registered_meta(const AkModel *model, const AkJson *meta);
/* The same for options of upper rooms in the model's meta. */
extern void ak_model_alter_registered_meta(AkModel *model, const AkJson *changes);

/* ---- adopt.c: models of tables that are there ---- */

/* One column of a table that is being adopted, and the field it becomes. */
typedef struct AkAdoptedColumn
{
	AkFieldDef	field;			/* to be; its type is NULL where no kind of field holds such values */
	AkField    *present;		/* the field that has the column already, or NULL */
	AttrNumber	attnum;
	Oid			typid;			/* domains taken off */
	bool		required;		/* a row needs a value for it */
	const char *reason;			/* why there is no field for it */
} AkAdoptedColumn;

typedef struct AkAdoption
{
	AkModelDef	def;
	Oid			relid;
	bool		renewed;		/* the table is adopted already: what is new is added */
	List	   *columns;		/* of AkAdoptedColumn *, in the table's order */
	const AkJson *field_names;	/* column → name, as asked for */
	const AkJson *related_names;	/* column → accessor, as asked for */
	List	   *other_names;	/* of char *: what those may name besides columns */
} AkAdoption;

/* 42602 for a field name that paths and documents could not tell apart. */
extern void ak_model_check_field_name(const char *name);
/* Is the model one of a table that was there before? */
extern bool ak_model_is_adopted(const AkModel *model);
/* Registers a field that has no column. */
extern void ak_model_register_field(AkFieldDef *field);
/* An adopted model's field becomes what its column is by itself; one without a column goes. */
extern void ak_model_map_plainly(const AkField *field);
/* The name a field of this column may have: paths and documents can tell it apart. */
extern char *ak_model_safe_field_name(const char *column);
/* `name`, else `name` with "_2", "_3" … that is not among the names taken; cut to an identifier. */
extern char *ak_model_free_name(const char *name, List *taken);

/* What upper rooms do when the registry or a schema changes.  Any may be NULL. */
typedef struct AkModelListener
{
	/* A new picture was read: fill AkField.relation, AkModel.relations (in registry->context). */
	void		(*loaded) (AkRegistry *registry);
	/* Before a field gets this name (or document key): raises when it is taken elsewhere. */
	void		(*naming) (const char *app, const char *model, const char *field);
	/* After create_model, with its fields built. */
	void		(*created) (AkModel *model);
	/* After rename_field; `field` is the old picture's. */
	void		(*field_renamed) (const AkField *field, const char *new_name);
	/* After rename_model; `model` is the new picture's. */
	void		(*renamed) (AkModel *model, const char *old_app, const char *old_name);
	/* Before an operation that takes away or alters fields of a model, or its name; and after any operation. */
	void		(*altering) (AkModel *model);
	void		(*altered) (void);
	/* Before drop_model. */
	void		(*dropping) (AkModel *model, bool cascade);
	/* Why a table cannot be adopted: it is part of a relation already; NULL: it is not. */
	const char *(*holding) (Oid relid);
	/* A table is being adopted: which columns are relations.  All models of the call are registered, their fields not yet. */
	void		(*adopting) (AkAdoption *adoption);
	/* Tables were adopted, and their fields registered: List of AkAdoption *. */
	void		(*adopted) (List *adoptions);
	/* Before an adopted model is forgotten; raises when others hold it. */
	void		(*forgetting) (const AkModel *model);
	/* Adds to the list of what an adopted model has no field for. */
	void		(*unmapped) (const AkModel *model, AkJson *list);
	/* Adds to describe(). */
	void		(*describe) (const AkModel *model, AkJson *out);
	/* Adds to check_registry(). */
	void		(*check) (const AkModel *model, AkFindings *findings);
	/* DDL by hand happened: bring own tables in line with the catalog (constant statements). */
	void		(*reconcile) (void);
} AkModelListener;

extern void ak_model_listen(const AkModelListener *listener);
/* While reconciling: was something dropped?  Only then is what is missing gone, not still to come. */
extern bool ak_model_follows_drop(void);
/* Registers options that follow a change elsewhere; the field itself is as it was. */
extern void ak_model_store_options(const AkField *field, AkJson *options);

#endif
