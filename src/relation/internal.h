/*
 * internal.h
 *		What the parts of room relation share.
 *
 *	types.c		the three field types			options.c	to, on_delete, related_name, through
 *	expression.c	the text of SET(expr)		store.c		statements over aksara.relation
 *	load.c		rows → AkRelation				accessor.c	names, clashes, steps
 *	connect.c	a relation meets its target		junction.c	tables of many-to-many relations
 *	guard.c		the trigger on targets			on_delete.c	what it does
 *	blocker.c	rows that stand in the way		delete.c	counted, forgiving deletes
 *	link.c		related_* that SQL calls		link_sql.c	their statements
 *	link_fit.c	keys of another type than their columns
 *	change.c	renames and drops of models		reconcile.c	changes by hand
 *	catalog.c	what the catalogs say			admit.c		rows of a restored dump
 *	check.c		for check_registry()			alter.c		relations defined anew
 *	adopt.c		relations of adopted tables		adopt_key.c	their foreign keys
 *	adopt_junction.c	junctions among them
 */
#ifndef AK_RELATION_INTERNAL_H
#define AK_RELATION_INTERNAL_H

#include "relation/relation.h"

/* A relation as its definition states it: AkFieldDef.extra. */
typedef struct AkRelationDef
{
	AkRelationKind kind;
	char	   *target_app;
	char	   *target_name;
	bool		self;
	AkModel    *target;			/* NULL: self, or not defined yet */
	char	   *related_name;	/* as written; NULL: the default */
	AkOnDelete	on_delete;
	char	   *set_expression; /* deparsed */
	char	   *through_app;
	char	   *through_name;
	char	   *to_field;		/* NULL: the key */
	List	   *from_fields;	/* of char *, as written; NIL: not said */
	List	   *to_fields;		/* the same */
} AkRelationDef;

/* ---- options.c ---- */

extern AkRelationDef *ak_relation_read_options(AkFieldDef *def, AkRelationKind kind);
/* Of a field's options, in a definition or as registered. */
extern AkDeferral ak_relation_deferral(const char *field, const AkJson *options);
extern const char *ak_relation_on_delete_word(AkOnDelete on_delete);
extern AkOnDelete ak_relation_on_delete_kind(const char *word);
extern const char *ak_relation_kind_word(AkRelationKind kind);
extern AkRelationKind ak_relation_word_kind(const char *word);

/* ---- expression.c ---- */

/* One expression of SQL text, analysed and deparsed with names qualified; 42P16 naming `field` when it is anything else. */
extern char *ak_relation_expression(const char *source, const char *field);
/* Such a deparse made a value of the type. */
extern char *ak_relation_expression_of_type(const char *deparsed, Oid type, int32 typmod, const char *field);

/* ---- fields.c: relations over several columns ---- */

/* An option that is a list of names of fields, of char *; NIL when absent, 42P16 when it is no such list. */
extern List *ak_relation_field_names(const char *field, const AkJson *options, const char *option);
/* Has the relation no column of its own, as far as is known before the whole model is defined? */
extern bool ak_relation_is_over_fields(const AkFieldDef *def);
extern void ak_relation_expand(AkFieldDef *def);
/* 42P16: as many fields must refer as are referred to. */
extern void ak_relation_wrong_count(const char *field, int from, int to) pg_attribute_noreturn();
/* Makes the index, or the unique constraint, over the relation's columns, unless there is one. */
extern void ak_relation_create_index(const AkRelation *relation, bool unique);
extern bool ak_relation_made_index(const AkRelation *relation, bool unique);
/* Drops it, if it is the one that was made; names it after the field, which has a new name. */
extern void ak_relation_drop_index(const AkRelation *relation, bool unique);
extern void ak_relation_rename_index(const AkRelation *relation, const char *old_name);
/* 42P16 when another definition of the relation is over other fields. */
extern void ak_relation_check_same_fields(const AkField *old, const AkFieldDef *new);
extern void ak_relation_alter_parts(const AkField *old, const AkFieldDef *new);

/* ---- types.c ---- */

extern void ak_relation_register_types(void);
/* A value of a definition as a literal of the type. */
extern char *ak_relation_literal(const char *field, const AkJson *value, Oid type, int32 typmod);

/* ---- catalog.c ---- */

extern Oid	ak_relation_owner(Oid relid);
/* "ONLY " or nothing, as a native key reads the table. */
extern const char *ak_relation_only(Oid relid);
/* The numbers of fields' columns, and of columns by name (0: there is none): List of int. */
extern List *ak_relation_numbers(List *fields);
extern List *ak_relation_column_names(List *fields);	/* of char * */
extern char *ak_relation_quoted_columns(List *fields);	/* "a", "b" */
extern List *ak_relation_named_numbers(Oid relid, List *columns);
/*
 * The native key from exactly these columns, of int, to `target`, or NULL;
 * `referenced`, if wanted, gets those that they point at, one for each.
 */
extern char *ak_relation_native_key(Oid relid, List *columns, Oid target, List **referenced);
/* The same for a foreign key or one-to-one: its own key, where several lead there. */
extern char *ak_relation_own_key(const AkRelation *relation, Oid target, List **referenced);
/* Is there an index that begins with exactly these columns, of int; or a unique one over them alone? */
extern bool ak_relation_has_index(Oid relid, List *columns, bool unique);
/* Is there a unique index over exactly these columns, of int, of all rows, checked at once? */
extern bool ak_relation_is_unique(Oid relid, List *columns);

/* ---- load.c ---- */

extern void ak_relation_load(AkRegistry *registry);
/* The relation of a field in the present picture; NULL when there is none. */
extern AkRelation *ak_relation_find(const char *app, const char *model, const char *field);
/* Is a junction named that is not there (a partial restore)? */
extern bool ak_relation_is_dangling(const AkRelation *relation);

/* ---- accessor.c ---- */

extern char *ak_relation_default_name(const char *model, AkRelationKind kind);
extern void ak_relation_check_accessor_name(const char *field, const char *name);
/* 42P16 when the name that was made of the model's cannot stand in a path. */
extern void ak_relation_check_default_name(const AkRelation *relation);
/* 42P16 when the relation's accessor is taken on its target, or by another relation that has a right to it. */
extern void ak_relation_check_accessor(const AkRelation *relation);
extern void ak_relation_check_field_name(const char *app, const char *model, const char *field);

/* ---- store.c: the constant statements over this room's tables ---- */

/* In SQL: the numbers of a table's columns by their names, one for each that is there; and back. */
#define AK_NUMBERS(relid, columns) \
	"(SELECT pg_catalog.array_agg(a.attnum ORDER BY u.n)" \
	" FROM pg_catalog.unnest(" columns ") WITH ORDINALITY u (name, n)" \
	" JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) " relid \
	" AND a.attname OPERATOR(pg_catalog.=) u.name)"
#define AK_NAMES(relid, numbers) \
	"(SELECT pg_catalog.array_agg(a.attname ORDER BY u.n)" \
	" FROM pg_catalog.unnest(" numbers ") WITH ORDINALITY u (attnum, n)" \
	" JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) " relid \
	" AND a.attnum OPERATOR(pg_catalog.=) u.attnum AND NOT a.attisdropped)"

extern void ak_relation_store(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_constraint(const AkRelation *relation, const char *constraint,
										 const char *set_expression);
extern void ak_relation_store_oids(const AkRelation *relation, Oid target, Oid through);
/* Notes the columns of a relation over several fields. */
extern void ak_relation_store_source_columns(const AkRelation *relation);
extern void ak_relation_store_target_columns(const AkRelation *relation, List *keys);
extern void ak_relation_store_definition(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_accessor(const AkFieldDef *def, const AkRelationDef *relation);
extern void ak_relation_store_junction(const AkRelation *relation, Oid target, const char *schema,
									   const char *table, List *source_columns, List *target_columns);
extern void ak_relation_store_target(const char *app, const char *name, const char *old_app,
									 const char *old_name);
extern void ak_relation_forget_junction(Oid junction);

/* ---- connect.c ---- */

/* Builds what a relation whose target is there still lacks. */
extern void ak_relation_connect(AkRelation *relation);
/* The same for one that was just stored: the columns may have its native key already, and nothing else of it is there. */
extern void ak_relation_build(AkRelation *relation);
/*
 * Registers a relation that the tables have already: `keys`, of AkField *, are
 * what it refers to, one for its column or one for each of def->parts, in
 * their order; `constraint` is its native key.  def->extra is its
 * AkRelationDef, its field is registered, with "from_fields" where it is over
 * several.  Nothing is built.
 */
extern void ak_relation_register(const AkFieldDef *def, List *keys, const char *constraint);
/* The native key's name, NULL where there is none; and its clause as the field's definition would make it. */
extern const char *ak_relation_key_name(const AkField *field);
extern const char *ak_relation_key_sql(const AkField *field);
/* Lets go of the native key, as far as it is there. */
extern void ak_relation_disconnect(const AkRelation *relation);
/* A field of `target` that the definition of field `field` names; 42P16 when it is not there. */
extern AkField *ak_relation_named_key(const AkModel *target, const char *name, const char *field);
/* The fields of `target` that a relation with these options refers to; 42P16 unless they are there and unique. */
extern List *ak_relation_referenced(const AkModel *target, const AkField *field);
/* The same for every relation that waits for this model. */
extern void ak_relation_connect_waiting(const AkModel *model);
extern void ak_relation_rename_constraint(const AkRelation *relation, const char *old_column);

/* ---- junction.c ---- */

extern void ak_relation_create_junction(AkRelation *relation);
extern void ak_relation_drop_junction(const AkRelation *relation);
/* Names the junction after its models and field, where its names were made so. */
extern void ak_relation_rename_junction(const AkRelation *relation, const char *old_source,
										const char *old_target, const char *old_field);
/* 42P16 unless the through model has one foreign key to each side; `complete`: all its keys are there. */
extern void ak_relation_check_through(const AkRelation *relation, bool complete);
/* The same for every relation that goes through a model. */
extern void ak_relation_check_as_through(const AkModel *model, bool complete);

/* Does the relation go through the model, with the right to? */
extern bool ak_relation_holds_through(const AkRelation *relation, const AkModel *model);
/* 2BP01 when a many-to-many relation goes through this foreign key. */
extern void ak_relation_check_unused(const AkField *field);

/* ---- guard.c ---- */

/* Does the relation need the trigger on its target? */
extern bool ak_relation_is_guarded(const AkRelation *relation);
extern void ak_relation_guard(const AkRelation *relation);
/* Drops the trigger when this relation was the last that needed it. */
extern void ak_relation_unguard(const AkRelation *relation);

/* ---- blocker.c ---- */

/* Most columns of one key, as in an index. */
#define AK_MOST_KEYS INDEX_MAX_KEYS

/* Keys of rows that go: for each of the relation's target fields a value, or an array of the values of many rows. */
typedef struct AkGoing
{
	bool		list;
	Datum		keys[AK_MOST_KEYS];
	bool		excepting;		/* list: some stay after all */
	Datum		except[AK_MOST_KEYS];
} AkGoing;

/* Rows that refer to rows that go, over one relation. */
typedef struct AkBlocker
{
	AkRelation *relation;
	AkJson	   *keys;			/* those the caller may see, at most ten */
	bool		more;			/* there are others, or some he may not see */
} AkBlocker;

/*
 * Appends: these fields of the table r hold the keys that go.  The arrays of many
 * rows' keys are unnested side by side.
 */
extern void ak_relation_write_going(AkStatement *st, List *fields, const AkGoing *going);
/* NULL when no row refers to them; `flags` as for ak_core_run. */
extern AkBlocker *ak_relation_find_blocker(AkRelation *relation, const AkGoing *going, int flags);
/* 23001 with the blockers, of AkBlocker *, in DETAIL. */
extern void ak_relation_raise_blockers(List *blockers) pg_attribute_noreturn();

/* ---- delete.c ---- */

/* Is ak_relation_delete at work? */
extern bool ak_relation_is_deleting(void);
/* Notes a key that goes, for a check when the whole delete is done. */
extern void ak_relation_note_going(const AkRelation *relation, const AkGoing *going);

/* ---- delete_walk.c: from the children up ---- */

/* `models`: what cascades from the model can reach, itself among it. */
extern bool ak_relation_walks(const AkModel *model, List *models, bool reaches_itself);
/* Deletes what cascades would, the deepest first, then the rows named; gives how many of those went. */
extern uint64 ak_relation_delete_upwards(AkModel *model, AkStatement *delete_rows, int restriction);

/* ---- link_fit.c ---- */

/* 22023 where a key has no value of the type of the column that is to hold it. */
extern void ak_relation_check_fit(const AkLink *link);

/* ---- link_change.c: what SQL calls change, with those told who listen ---- */

/* Each returns the links it removed. */
extern uint64 ak_relation_unlink(const AkLink *link);
extern uint64 ak_relation_unlink_all(const AkLink *link);

/* ---- link_sql.c ---- */

extern uint64 ak_relation_insert_links(const AkLink *link);
extern uint64 ak_relation_delete_links(const AkLink *link);
extern uint64 ak_relation_delete_all_links(const AkLink *link);
extern uint64 ak_relation_delete_other_links(const AkLink *link);
/* Are all targets linked? */
extern bool ak_relation_is_linked(const AkLink *link);

/* ---- check.c ---- */

extern void ak_relation_check(const AkModel *model, AkFindings *findings);

/* ---- alter.c: alter_field ---- */

/* Does the new definition change nothing that the native key, the trigger or the default says? */
extern bool ak_relation_key_stays(const AkField *old, const AkFieldDef *new);
extern void ak_relation_altering(const AkField *old, AkFieldDef *new);
extern void ak_relation_altered(const AkField *old, AkFieldDef *new);

/* ---- adopt.c, adopt_key.c: what the callbacks of AkModelListener say ---- */

extern void ak_relation_adopting(AkAdoption *adoption);
extern void ak_relation_adopted(List *adoptions);
/* Came the relation with an adopted table, which is as it was without it? */
extern bool ak_relation_came_with_table(const AkRelation *relation);
extern const char *ak_relation_holding(Oid relid);
extern void ak_relation_unmapped(const AkModel *model, AkJson *list);
extern void ak_relation_forgetting(const AkModel *model);

/* ---- change.c, reconcile.c ---- */

extern void ak_relation_field_renamed(const AkField *field, const char *new_name);
extern void ak_relation_model_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_relation_model_dropping(AkModel *model, bool cascade);
extern void ak_relation_reconcile(void);

#endif
