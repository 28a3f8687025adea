/*
 * row.h
 *		A document read as a row to be written.
 */
#ifndef AK_QUERY_ROW_H
#define AK_QUERY_ROW_H

#include "query/internal.h"

/* Field by field what a document gives; the rest keeps its default or its old value. */
typedef struct AkRow
{
	AkModel    *model;
	int			count;
	AkField   **fields;			/* in the model's order */
	AkValue    *values;
	bool	   *named;			/* by AkField.index: the document names it, well or badly */
} AkRow;

/*
 * Reads the object's members into a row; what is wrong with them is added to
 * `problems`, unknown names with a hint.
 */
extern void ak_query_read_row(AkModel *model, const AkJson *document, AkRow *row, AkProblems *problems);
/* Adds a problem for each field that a new row needs and the document lacks. */
extern void ak_query_require(const AkRow *row, AkProblems *problems);
/* Adds a problem for each null where the table takes none. */
extern void ak_query_refuse_nulls(const AkRow *row, AkProblems *problems);
/* May a missing value still be filled in by a BEFORE trigger of the table's owner? */
extern bool ak_query_triggers_fill(const AkModel *model, bool update);
extern AkValue *ak_query_row_value(const AkRow *row, const AkField *field);	/* NULL: not given */

/* Writes: INSERT INTO t AS t0 (…) VALUES (…), without RETURNING. */
extern void ak_query_write_insert(AkStatement *st, const AkRow *row);
/* Writes: UPDATE t AS t0 SET …; key fields are left out where `keep_key` is said. */
extern void ak_query_write_update(AkStatement *st, const AkRow *row, bool keep_key);
/* Inserts and returns the row as json; 0 where a conflict left it out. */
extern Datum ak_query_insert(const AkRow *row, bool skip_conflict);
/* The object a document argument must be: 22004, 22023. */
extern AkJson *ak_query_arg_object(FunctionCallInfo fcinfo, int n, const char *name);

#endif
