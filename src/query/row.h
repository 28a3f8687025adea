/*
 * row.h
 *		A document read as a row to be written.
 */
#ifndef AK_QUERY_ROW_H
#define AK_QUERY_ROW_H

#include "query/internal.h"

/* Keys of the document before, place by place, and the fields that they name. */
typedef struct AkKnownKeys
{
	int			room;
	const char **keys;			/* the parser's own copies: the same key of the next document is the same pointer */
	AkField   **fields;
} AkKnownKeys;

/* The same for one of many documents. */
extern void ak_query_read_known_row(AkModel *model, const AkJson *document, AkKnownKeys *known, AkRow *row,
									AkProblems *problems);
/* Adds a problem for each key that the table alone gives: a row that is looked for may name it, no other. */
extern void ak_query_refuse_generated(const AkRow *row, AkProblems *problems);
extern void ak_query_refuse_null_value(const AkRow *row, int i, AkProblems *problems);	/* of one value */
/* Is a null of this field refused, where no trigger of the table's owner may still fill it in? */
extern bool ak_query_refuses_null(const AkField *field);
/* The number of a field's value in the row; it has to be there. */
extern int	ak_query_place_in_row(const AkRow *row, const AkField *field);
/* Gives a field that the document does not a value. */
extern void ak_query_set_value(AkRow *row, AkField *field, AkValue value);

/* What the guard says of a row, where there is one. */
extern void ak_query_clean(AkRow *row, bool fresh, AkProblems *problems);
/* ak_core_run of a write, whose native violations the guard puts into words. */
extern uint64 ak_query_run_write(const AkModel *model, AkStatement *st, int flags, AkRowFn each, void *arg);

/* Writes: INSERT INTO t AS t0 (…) VALUES (…), without RETURNING. */
extern void ak_query_write_insert(AkStatement *st, const AkRow *row);
/* Writes: UPDATE t AS t0 SET …; key fields are left out where `keep_key` is said. */
extern void ak_query_write_update(AkStatement *st, const AkRow *row, bool keep_key);
/* Inserts and returns the row as json; 0 where a conflict left it out. */
extern Datum ak_query_insert(const AkRow *row, bool skip_conflict);
/* The same; P0002 where a trigger or rule left the row out. */
extern Datum ak_query_insert_or_raise(const AkRow *row);
/* A document as a whole new row: what is required is there; raises all problems. */
extern void ak_query_read_new_row(AkModel *model, const AkJson *document, AkRow *row);
/* Writes: WHERE t0.id = …, for a row that holds its whole key. */
extern void ak_query_write_key_condition(AkStatement *st, const AkRow *row);

/* P0002: a trigger or rule left the row out. */
extern void ak_query_not_stored(const AkModel *model) pg_attribute_noreturn();
/* A document as changes of rows that are there: no nulls where none may be; raises all problems. */
extern void ak_query_read_changes(AkModel *model, const AkJson *document, AkRow *row);

/* ---- get_or_create.c ---- */

/* (object json, created boolean) */
extern Datum ak_query_object_and_created(FunctionCallInfo fcinfo, Datum object, bool created);

/* ---- unique.c ---- */

/* Has the table a unique or exclusion constraint that may be checked later?  ON CONFLICT refuses it. */
extern bool ak_query_has_deferrable_index(const AkModel *model);
/* 42P10, with those that there are, unless a unique index is over exactly these fields. */
extern void ak_query_require_unique(const AkModel *model, List *fields);
/* The fields that a text[] argument names: 22004, 42703, 22023 for one that stands twice. */
extern List *ak_query_arg_fields(FunctionCallInfo fcinfo, int n, const char *argument, AkModel *model);

/* ---- upsert.c ---- */

/* ON CONFLICT (keys) DO UPDATE SET fields. */
typedef struct AkConflict
{
	List	   *keys;			/* of AkField * */
	bool		named;			/* the fields were named; else they are those given */
	List	   *fields;			/* of AkField * */
} AkConflict;

/* Reads the two text[] arguments `keys` and `fields` (NULL: the given ones). */
extern void ak_query_arg_conflict(FunctionCallInfo fcinfo, int keys, const char *keys_name, int fields,
								  AkModel *model, AkConflict *conflict);
/* Writes it after an INSERT of the given fields; a WHERE may follow. */
extern void ak_query_write_conflict(AkStatement *st, const AkConflict *conflict, AkField **given, int count);

/* ---- arguments ---- */

extern AkModel *ak_query_arg_model(FunctionCallInfo fcinfo);
/* The object a document argument must be: 22004, 22023. */
extern AkJson *ak_query_arg_object(FunctionCallInfo fcinfo, int n, const char *name);

/* ---- notice.c ---- */

/* Tells of the rows that a statement (called t0 in it) is about to change; what says which begins at `restriction`. */
extern void ak_query_before_statement(AkModel *model, const char *action, const AkStatement *st, int restriction);

#endif
