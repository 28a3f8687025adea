/*
 * batch.h
 *		A list of documents, read into columns.
 */
#ifndef AK_QUERY_BATCH_H
#define AK_QUERY_BATCH_H

#include "query/row.h"

/* The values that documents of one group give one field. */
typedef struct AkColumn
{
	AkField    *field;
	Oid			array_type;		/* what they are bound as */
	bool		as_text;		/* arrays of arrays would be taken apart: they travel as text */
	int16		length;			/* of the field's type */
	bool		byval;
	Datum	   *values;			/* one a document */
	bool	   *nulls;
} AkColumn;

/* Documents that give the same fields. */
typedef struct AkGroup
{
	int			nfields;
	AkField   **fields;			/* in the model's order */
	AkColumn   *columns;		/* the same */
	int			count;
	int			room;
	int		   *numbers;		/* which document each is */
} AkGroup;

typedef struct AkBatch AkBatch;

struct AkBatch
{
	AkModel    *model;
	/* Adds what is wrong with a row that was read, or leaves fields of it out. */
	void		(*check) (const AkBatch *batch, AkRow *row, AkProblems *problems);
	bool		checks_nulls;	/* for `check`: no trigger may still fill them in */
	List	   *only;			/* for `check`: of AkField * */
	int			count;			/* documents */
	List	   *groups;			/* of AkGroup * */

	AkGroup    *last;			/* where the document before went */
	MemoryContext context;
	AkKnownKeys known;
	AkProblems	problems;
};

/* Reads argument n, a list of documents; raises the problems of all, each with its document's number. */
extern void ak_query_read_batch(AkBatch *batch, FunctionCallInfo fcinfo, int n, const char *name);
/* 22023 where two documents have the same values in these fields, of AkField *. */
extern void ak_query_refuse_doubles(const AkBatch *batch, List *fields);
/* Puts each group's documents into the order of these fields. */
extern void ak_query_sort_batch(AkBatch *batch, List *fields);
/* Writes: SELECT unnest($1), unnest($2)…, the group's columns in its order. */
extern void ak_query_write_group(AkStatement *st, const AkGroup *group);
/* The same for a list of documents. */
extern void ak_query_before_batch(const AkBatch *batch, const char *action);

#endif
