/*
 * query.h
 *		Front door of room query: query sets, their SQL, reads and writes.
 */
#ifndef AK_QUERY_H
#define AK_QUERY_H

#include "relation/relation.h"

extern void ak_query_init(void);

/* ---- row.c: a document read as a row to be written ---- */

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
extern AkValue *ak_query_row_value(const AkRow *row, const AkField *field);	/* NULL: not given */
/* Adds a problem for each field that a new row needs and the document lacks. */
extern void ak_query_require(const AkRow *row, AkProblems *problems);
/* Adds a problem for each null where the table takes none. */
extern void ak_query_refuse_nulls(const AkRow *row, AkProblems *problems);
/* May a missing value still be filled in by a BEFORE trigger of the table's owner? */
extern bool ak_query_triggers_fill(const AkModel *model, bool update);

/* ---- guard.c: who has a say in writes by document ---- */

typedef struct AkWriteGuard
{
	/*
	 * Before a write: brings the values into their normal form and adds what
	 * is wrong with the row to `problems`.  `fresh`: it is a new row, and what
	 * it does not give takes its default.  Never raises for the row's values.
	 */
	void		(*clean) (AkRow *row, bool fresh, AkProblems *problems);
	/* Says a native violation in the words of a document's problems.  Looks nothing up. */
	void		(*translate) (const AkModel *model, ErrorData *error);
} AkWriteGuard;

/* Once, at library load. */
extern void ak_query_on_write(const AkWriteGuard *guard);

/* ---- notice.c: who is told before a call writes many rows ---- */

typedef struct AkBulkWatch
{
	/* Is anybody?  Then the keys are looked up. */
	bool		(*wanted) (AkModel *model);
	/* "insert", "update", "delete"; the keys as far as they are known. */
	void		(*before) (AkModel *model, const char *action, const AkJson *ids, int64 count);
} AkBulkWatch;

/* Once, at library load. */
extern void ak_query_on_bulk(const AkBulkWatch *watch);

#endif
