/*
 * core.h
 *		Front door of the ground floor.
 *
 * What every room needs and PostgreSQL does not give as such: JSON as a tree
 * that keeps key order, names, error collection, statements with bound
 * parameters whose plans are kept, and the one gateway to aksara's own tables.
 * It knows nothing of models.
 */
#ifndef AK_CORE_H
#define AK_CORE_H

#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "core/compat.h"
#include "core/errors.h"

extern void ak_core_init(void);
/* Do the rows that are written to a table come from a dump?  aksara.restoring, from whoever owns it. */
extern bool ak_core_is_restoring(Oid relid);

/* ---- json.c: JSON text as a tree, and back ---- */

typedef enum AkJsonKind
{
	AK_JSON_NULL,
	AK_JSON_BOOL,
	AK_JSON_NUMBER,
	AK_JSON_STRING,
	AK_JSON_ARRAY,
	AK_JSON_OBJECT,
	AK_JSON_HOLE				/* a value not known yet; never comes from text */
} AkJsonKind;

/* One JSON value.  Everything is palloc'd in the context of the parse. */
typedef struct AkJson
{
	AkJsonKind	kind;
	int			offset;			/* byte of the source where it begins; -1: it has none */
	bool		truth;			/* BOOL */
	bool		row;			/* OBJECT: it stands for a row, and its key alone is looked at */
	char	   *text;			/* STRING: decoded; NUMBER: as written */
	int			size;			/* ARRAY, OBJECT: members in use; HOLE: its number */
	int			room;			/* ARRAY, OBJECT: members allocated */
	Oid			type;			/* HOLE: of the value; UNKNOWNOID: text that the field's type reads */
	char	  **keys;			/* OBJECT: in the order of the source */
	struct AkJson **items;		/* ARRAY, OBJECT */
} AkJson;

/* Parses; 22P02 with `what` in the message, 22030 for a key that stands twice. */
extern AkJson *ak_core_json_parse(const char *source, int length, const char *what);
extern AkJson *ak_core_json_parse_text(text *source, const char *what);
/*
 * Hands the members of a list on as they are read, each in memory of its own
 * that goes when the function returns; all stays from the first false on.  A
 * key that members of the list share is one pointer.  22023 unless it is a list.
 */
typedef bool (*AkJsonEachFn) (const AkJson *item, int number, void *arg);
extern void ak_core_json_each(text *source, const char *what, AkJsonEachFn each, void *arg);
extern void ak_core_json_write(StringInfo out, const AkJson *value);
extern char *ak_core_json_to_cstring(const AkJson *value);
extern text *ak_core_json_to_text(const AkJson *value);
extern bool ak_core_json_equal(const AkJson *a, const AkJson *b);

extern AkJson *ak_core_json_null(void);
extern AkJson *ak_core_json_bool(bool truth);
extern AkJson *ak_core_json_integer(int64 number);
extern AkJson *ak_core_json_number(double number);
extern AkJson *ak_core_json_string(const char *text);
extern AkJson *ak_core_json_hole(int number, Oid type);
extern AkJson *ak_core_json_array(void);
extern AkJson *ak_core_json_object(void);
extern void ak_core_json_push(AkJson *array, AkJson *item);
extern void ak_core_json_put(AkJson *object, const char *key, AkJson *item);	/* replaces */
extern void ak_core_json_remove(AkJson *object, const char *key);
/* A new object/array head over the same members: put/push on it leave the source alone. */
extern AkJson *ak_core_json_copy(const AkJson *value);

/* The member, or NULL. */
extern AkJson *ak_core_json_get(const AkJson *object, const char *key);

/* Typed readers of a member: the default when absent, 22023 naming `key` when of another kind. */
extern bool ak_core_json_get_bool(const AkJson *object, const char *key, bool otherwise);
extern char *ak_core_json_get_string(const AkJson *object, const char *key);	/* NULL when absent or null */
extern int64 ak_core_json_get_integer(const AkJson *object, const char *key, int64 otherwise);

/* The value, checked: 22023 "<what> must be …". */
extern const AkJson *ak_core_json_expect(const AkJson *value, AkJsonKind kind, const char *what);
extern const char *ak_core_json_kind_name(AkJsonKind kind);		/* "an object", "a number" … */

/* ---- names.c ---- */

extern char *ak_core_snake(const char *camel);	/* UserProfile → user_profile */
extern char *ak_core_plural(const char *snake); /* category → categories */
extern char *ak_core_singular(const char *plural);	/* categories → category */
extern char *ak_core_camel(const char *name);	/* user_profile → UserProfile */
extern char *ak_core_qualified(const char *schema, const char *name);	/* quoted, with dot */
extern const char *ak_core_quote(const char *name);

/* For hash tables whose keys are pointers to texts (HASH_FUNCTION, HASH_COMPARE). */
extern uint32 ak_core_hash_text(const void *key, Size size);
extern int	ak_core_compare_text(const void *a, const void *b, Size size);
extern bool ak_core_is_among(const char *word, List *words);	/* of char * */
/* The choice nearest to `word`, or NULL when none is near. */
extern const char *ak_core_nearest(const char *word, List *choices);	/* List of char * */
/* errhint of the form: Perhaps you meant "x".  Or: Possible values are a, b, c. */
extern int	ak_core_hint_nearest(const char *word, List *choices);
/* 42602 when the name is empty, too long for an identifier, or not valid for `what`. */
extern void ak_core_check_identifier(const char *name, const char *what);
/* A name as SQL writes it, quoted where it has to be, in up to three parts: 42602 otherwise. */
extern struct RangeVar *ak_core_range_var(const char *text);

/* ---- arguments.c: reading SQL-callable functions' arguments ---- */

/* 22004 naming the argument. */
extern void ak_core_null_argument(const char *name) pg_attribute_noreturn();
extern char *ak_core_arg_cstring(FunctionCallInfo fcinfo, int n, const char *name);
extern AkJson *ak_core_arg_json(FunctionCallInfo fcinfo, int n, const char *name);

/*
 * One value of a VARIADIC "any" or text[] call as text in ISO form whatever
 * DateStyle, IntervalStyle and TimeZone say, with the type it came in.  A
 * value of the text overload has type UNKNOWNOID: it is read by the field's
 * type.  A json, jsonb or doc value is left as its JSON text.
 */
typedef struct AkArgument
{
	bool		isnull;
	bool		literal;		/* a constant in the call's text */
	Oid			type;
	char	   *text;			/* NULL when isnull */
} AkArgument;

/* All arguments from `first` on: spreads VARIADIC arrays of both overloads. */
extern List *ak_core_arg_values(FunctionCallInfo fcinfo, int first);	/* of AkArgument * */
extern AkArgument *ak_core_arg_value(FunctionCallInfo fcinfo, int n);
extern AkArgument *ak_core_argument(Oid type, Datum value, bool isnull);
/* The argument as a document value: numbers, booleans, text, arrays plain, else {"$v": …, "as": …}. */
extern AkJson *ak_core_arg_to_json(const AkArgument *argument);
extern char *ak_core_output_iso(Oid type, Datum value);

/* ---- problems.c: what is wrong with one document, reported together ---- */

typedef struct AkProblem
{
	char	   *field;			/* key in the document, "" for the whole */
	char	   *code;			/* Django's word: required, null, invalid, max_length … */
	char	   *message;		/* PostgreSQL's style: lower case, no full stop */
	int			sqlstate;
	const char *column;			/* the table's column, NULL when it is not about one */
	const char *constraint;		/* the rule that is broken; NULL: none that has a name */
} AkProblem;

typedef struct AkProblems
{
	List	   *list;			/* of AkProblem * */
	List	   *hints;			/* of char *, full sentences */
} AkProblems;

extern AkProblem *ak_core_problem(AkProblems *problems, const char *field, int sqlstate,
								  const char *code, const char *format,...) pg_attribute_printf(5, 6);
/* The problems as the text of a JSON map field → [{code, message}]. */
extern char *ak_core_problems_text(const AkProblems *problems);
extern void ak_core_problem_hint(AkProblems *problems, char *hint);
/*
 * Raises when there are any.  SQLSTATE is their common code, else 23514; the
 * message is the first one's; DETAIL is a JSON map field → [{code, message}].
 */
extern void ak_core_problems_raise(AkProblems *problems, const char *schema, const char *table);

/* ---- statement.c: SQL with bound parameters, plans kept by text and types ---- */

typedef struct AkStatement
{
	StringInfoData sql;
	int			nparams;
	int			room;
	Oid		   *types;
	Datum	   *values;
	char	   *nulls;			/* ' ' or 'n' */
	void	  **origins;		/* what the builder remembers of each; NULL: nothing */
	int		   *places;			/* offset in sql of each $n token written */
	int		   *numbers;		/* and which parameter it is */
	bool		unfit;			/* a value that is not known yet stands where it has to be */
	bool		generic;		/* one plan for all values, never one for these alone */
	int			nplaces;
	int			places_room;
	uint64		digest;			/* of text and types, once it is sealed or has run; else 0 */
} AkStatement;

extern void ak_core_statement_init(AkStatement *st);
/* Binds a value and appends its $n.  Returns the parameter's number, from 1. */
extern int	ak_core_bind(AkStatement *st, Oid type, Datum value, bool isnull);
extern int	ak_core_bind_text(AkStatement *st, const char *value);
/* Says where the value of the parameter bound last comes from. */
extern void ak_core_bind_origin(AkStatement *st, void *origin);
/* Appends $n of a parameter bound before. */
extern void ak_core_bind_again(AkStatement *st, int number);
/* Says that the statement is complete: it, and what is copied from it, is found by its plan without being read. */
extern void ak_core_statement_seal(AkStatement *st);
/* What stands in the statement from an offset on, behind another head; with the same parameters, for one run. */
extern AkStatement ak_core_statement_behind(const AkStatement *st, const char *head, int from);
/* The statement as runnable SQL with its values as quoted, typed literals. */
extern char *ak_core_statement_text(const AkStatement *st);

/* Called for each row, in the context of ak_core_run's caller; false stops. */
typedef bool (*AkRowFn) (TupleTableSlot *row, void *arg);

#define AK_RUN_READ		0x01	/* read only: under the caller's snapshot */
#define AK_RUN_DDL		0x02	/* utility command: no plan is kept */

/*
 * Runs as the caller, with the caller's rights, row security and search_path
 * (names and operators in the text are qualified).  Returns the rows affected
 * or returned.  `each` may be NULL.  Needs no SPI connection of its own.
 */
extern uint64 ak_core_run(AkStatement *st, int flags, AkRowFn each, void *arg);
/* The same as `role` outside row security, as referential triggers do (statements over one table of that role). */
extern uint64 ak_core_run_as_owner(Oid role, AkStatement *st, int flags, AkRowFn each, void *arg);
/* Runs something as a role, under its row security; it cannot become another one. */
extern void ak_core_as_role(Oid role, void (*run) (void *), void *arg);
/* One utility command. */
extern void ak_core_ddl(const char *format,...) pg_attribute_printf(1, 2);
/* First column of the first row copied into the caller's context; false when there is no row. */
extern bool ak_core_run_one(AkStatement *st, int flags, Datum *value, bool *isnull);

/* Any value as jsonb, as to_jsonb() makes it. */
extern Datum ak_core_value_as_jsonb(Oid type, Datum value);

/* ---- procedure.c: procedures that commit as they go ---- */

/* Begins; 2D000 inside a transaction block.  Memory of the context outlives the commits. */
extern MemoryContext ak_core_open_procedure(FunctionCallInfo fcinfo, const char *name);
/* Commits, and begins the next transaction. */
extern void ak_core_commit_step(void);
/* Ends; the only INOUT argument's value as the procedure's result. */
extern Datum ak_core_close_procedure(FunctionCallInfo fcinfo, Datum value);

/* ---- registry.c: the gateway to aksara's own tables ---- */

/* Schema aksara, or InvalidOid where the extension is not installed. */
extern Oid	ak_core_schema(void);
extern Oid	ak_core_table(const char *name);	/* InvalidOid when absent */
extern Oid	ak_core_type(const char *name);	/* doc, queryset, query_op */

/*
 * Runs a compile-time constant statement over aksara's own tables as the
 * extension's owner.  Callers have checked that the user owns the model's
 * table.  Rings the bell: every backend reads the registry anew.
 */
extern uint64 ak_core_registry_write(const char *constant_sql, int nargs, const Oid *types,
									 const Datum *values, const char *nulls);
/* The same where no picture of the registry has to follow. */
extern uint64 ak_core_own_write(const char *constant_sql, int nargs, const Oid *types, const Datum *values,
								const char *nulls);
/* The same for statements that give rows back. */
extern uint64 ak_core_own_run(const char *constant_sql, int nargs, const Oid *types, const Datum *values,
							  const char *nulls, AkRowFn each, void *arg);
/*
 * Runs a utility command over aksara's own objects as the extension's owner,
 * outside the gateway; nothing in its text comes from a user.
 */
extern void ak_core_own_ddl(const char *command);
/* ---- own_table.c: rows of our own tables, without a statement ---- */

/* Opens one; 42P01 where it is absent, and an error where the extension is not current. */
extern Relation ak_core_own_open(const char *table, LOCKMODE mode);
/* Puts a row in, one value for each column, and makes it visible. */
extern void ak_core_own_insert(const char *table, const Datum *values, const bool *nulls);
/* Takes a row out that the caller has locked. */
extern void ak_core_own_delete(Relation rel, ItemPointer row);

/* Rows in the order of an index, of those that satisfy all keys. */
typedef struct AkOwnScan
{
	Relation	rel;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *row;
} AkOwnScan;

/* `index` NULL: the primary key.  The table's lock is kept until the transaction ends. */
extern void ak_core_own_begin_scan(AkOwnScan *scan, const char *table, const char *index, LOCKMODE mode, Snapshot snapshot,
								   ScanKey keys, int nkeys);
/* The next row; NULL: there is none.  It lasts until the one after it is asked for. */
extern TupleTableSlot *ak_core_own_next(AkOwnScan *scan);
extern void ak_core_own_end_scan(AkOwnScan *scan);
/* A column of an index equals a value, by its type's equality; text is of collation C. */
extern void ak_core_own_key(ScanKey key, int column, RegProcedure equal, Datum value);
/* Two columns that follow one another are behind two values, by their types' comparisons. */
extern void ak_core_own_key_behind(ScanKey key, ScanKeyData members[2], int column, RegProcedure first_order, Datum first,
								   RegProcedure second_order, Datum second);

/* ---- registry.c again ---- */

/* An error where it is not, with what to do. */
extern void ak_core_require_current(void);
/* Is a write of the gateway under way, for the triggers of our own tables?  Or our own script? */
extern bool ak_core_at_gateway(void);
extern bool ak_core_in_own_script(void);
/* Is the extension in this database of the library's version?  Before ALTER EXTENSION … UPDATE it is not. */
extern bool ak_core_is_current(void);
/* Rows of an own table under the newest snapshot, in no order. */
typedef void (*AkRegistryRowFn) (HeapTuple row, TupleDesc desc, void *arg);
extern void ak_core_registry_scan(const char *table, AkRegistryRowFn each, void *arg);
/* One column of such a row as a C string (NULL for NULL), by name. */
extern char *ak_core_registry_column(HeapTuple row, TupleDesc desc, const char *column);
/* A column of type name[] or text[] as a list of char *; NIL for NULL, and where the table is of a version before it. */
extern List *ak_core_registry_names(HeapTuple row, TupleDesc desc, const char *column);
/* Also makes plans over `relid` anew, when a change leaves the table itself alone. */
extern void ak_core_ring(Oid relid);

/* ---- operators.c: operators by opclass, qualified ---- */

/* Appends OPERATOR(schema.op), or the bare operator for pg_catalog ones ("=" is then qualified too). */
extern void ak_core_operator(StringInfo out, Oid opno);
/* The btree or equality operator of a type: '=', '<', '<=', '>', '>=' by strategy; 42883 when the type has none. */
extern Oid	ak_core_btree_operator(Oid type, int strategy);
/* As in SQL, where no search_path can put another type in its place. */
extern const char *ak_core_type_name(Oid type, int32 typmod);
extern const char *ak_core_type_word(Oid type); /* "timestamptz": for documents */
/* A type's name as in DDL, with its modifier. */
extern void ak_core_parse_type(const char *name, Oid *type, int32 *typmod);
/* The schema that CREATE TABLE would take; 3F000 when search_path names none. */
extern char *ak_core_creation_schema(void);

#endif
