/*
 * encode.h
 *		Rows as JSON text: the encoder.
 *
 * A level is one statement and the objects that its rows become.  A to-one
 * branch is an object made of joined columns of the same row; a to-many
 * branch is a level of its own, whose rows are stitched to those above.
 *
 *	encode.c	values, type by type
 *	object.c	a row as an object: keys and columns
 *	level.c		the statement of a list
 *	stitch.c	running levels, rows to text, lists to rows
 */
#ifndef AK_QUERY_ENCODE_H
#define AK_QUERY_ENCODE_H

#include "query/internal.h"

/* ---- encode.c ---- */

/* Appends a value that is not null; `function` is that of the writer, where it has one. */
typedef void (*AkWriteFn) (StringInfo out, Datum value, FmgrInfo *function);

/* How the values of one column are written. */
typedef struct AkWriter
{
	Oid			type;			/* of the column */
	AkWriteFn	write;
	Oid			function;		/* output or cast function; InvalidOid: none is needed */
} AkWriter;

extern AkWriter ak_query_writer(Oid type);
/* Appends text as a JSON string, as escape_json does. */
extern void ak_query_encode_string(StringInfo out, const char *text, int length);

/* ---- object.c, level.c: what is compiled ---- */

typedef struct AkLevel AkLevel;
typedef struct AkObject AkObject;

typedef enum AkPartKind
{
	AK_PART_VALUE,
	AK_PART_OBJECT,
	AK_PART_LIST
} AkPartKind;

/* One member of an object. */
typedef struct AkPart
{
	AkPartKind	kind;
	const char *lead;			/* what stands before the value: {"id": or ,"title": */
	int			lead_length;
	int			at;				/* VALUE: its column; LIST: which list of the level */
	AkObject   *object;			/* OBJECT */
} AkPart;

struct AkObject
{
	int			nparts;
	int			room;
	AkPart	   *parts;
	int			present;		/* a column that is null where there is no row; -1: there is one */
};

/* A column of a level's rows. */
typedef struct AkOutput
{
	const AkSource *source;
	const AkField *field;
	AkWriter	writer;
} AkOutput;

/* What ties rows of a list to the row above: one of the columns that must be equal. */
typedef struct AkTie
{
	int			outer;			/* column of the row above */
	const char *inner;			/* the list's side, as SQL */
	Oid			type;			/* of the values above, domains taken off */
	Oid			collation;
	Oid			array_type;		/* what they are bound as */
	bool		as_text;		/* arrays of arrays would be taken apart: they travel as text */
	int16		length;
	bool		byval;
} AkTie;

struct AkLevel
{
	const char *name;			/* of a list: its accessor */
	AkStatement statement;		/* of a list; its first parameters are arrays of the ties' values */
	AkStatement statement_for_one;	/* the same for one row above; they are the values */
	int			nties;			/* as many columns stand before the outputs */
	AkTie	   *ties;
	int			noutputs;
	int			room;
	AkOutput   *outputs;
	AkObject   *object;
	int			nlists;
	AkLevel   **lists;
};

/* The level of rows of `source`, whose branches are laid out; its columns are then written into a SELECT or RETURNING. */
extern AkLevel *ak_query_compile_level(const AkSource *source, List *branches, const AkShown *shown);
/* Columns, separated by commas. */
extern void ak_query_write_outputs(AkStatement *st, const AkLevel *level);
/* The column of a field among the level's, added at first need. */
extern int	ak_query_output(AkLevel *level, const AkSource *source, const AkField *field);
/* The level of what a query set picked, or of its rows with what was annotated. */
extern AkLevel *ak_query_compile_answer(AkQuery *query);
/* Writes the SELECT of it. */
extern void ak_query_write_answer(AkStatement *st, AkQuery *query, AkOrdering ordering);
/* What was annotated, as further members. */
extern void ak_query_add_annotations(AkLevel *level, AkQuery *query);
/* An empty level, and a member of its objects: one column. */
extern AkLevel *ak_query_empty_level(int room);
extern void ak_query_add_value(AkLevel *level, const char *key, const AkSource *source, const AkField *field);
extern AkObject *ak_query_compile_object(AkLevel *level, const AkSource *source, List *branches, const AkShown *shown);
/* The list that a to-many branch of `above` is. */
extern AkLevel *ak_query_compile_list(AkLevel *above, const AkBranch *branch);

/* ---- stitch.c: what is run ---- */

typedef struct AkRun
{
	const AkLevel *level;
	int			flags;			/* for ak_core_run */
	int			key;			/* column that is handed out beside each row; -1: none */
	AkEmitFn	emit;
	void	   *arg;
} AkRun;

/* Runs the level's statement and hands its rows out as objects; returns how many there were. */
extern uint64 ak_query_run_level(const AkRun *run, AkStatement *bound);

/* ---- fetch.c ---- */

/* Emits into a Datum: the first row, copied; 0 where there was none. */
extern bool ak_query_keep_first(Datum json, const char *key, void *arg);

#endif
