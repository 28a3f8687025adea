/*
 * shape.h
 *		The shape of a document: what is left of it when its values are taken out.
 */
#ifndef AK_QUERY_SHAPE_H
#define AK_QUERY_SHAPE_H

#include "core/core.h"

/* What is read; it decides where in a document values stand. */
typedef enum AkShapeOf
{
	AK_SHAPE_OF_QUERY,			/* a query set */
	AK_SHAPE_OF_CONDITIONS,		/* one call of filter */
	AK_SHAPE_OF_ROW,			/* an object whose members are values of any kind */
	AK_SHAPE_OF_LIST,			/* a list of values */
	AK_SHAPE_OF_NAMES			/* what has no values: names and expressions */
} AkShapeOf;

#define AK_SHAPE_ROOM 2048
#define AK_SHAPE_SLOTS 64

/* One value of a document. */
typedef struct AkSlot
{
	int			offset;			/* in the document's text */
	int			length;
	AkJsonKind	kind;
	bool		escaped;		/* a string with backslashes */
} AkSlot;

/* Made on the stack. */
typedef struct AkShape
{
	int			length;
	int			nslots;
	char		text[AK_SHAPE_ROOM];	/* not terminated */
	AkSlot		slots[AK_SHAPE_SLOTS];	/* in the order of the document */
} AkShape;

/* Where in a document a value stands. */
typedef enum AkWhere
{
	AK_IN_SHAPE,				/* taken as it is */
	AK_IN_NOTHING,				/* read, and left out: below a value */
	AK_IN_QUERY,				/* a query set */
	AK_IN_QUERIES,				/* a list of query sets */
	AK_IN_CALLS,				/* an object of conditions, or a list of them */
	AK_IN_CONDITIONS,			/* an object of conditions */
	AK_IN_RELATED,				/* the object of "$related" */
	AK_IN_VALUE,				/* of a condition */
	AK_IN_BOUND,				/* an offset */
	AK_IN_ROW,					/* an object of values */
	AK_IN_MEMBER				/* a value of a row, whatever its kind */
} AkWhere;

extern void ak_query_shape_init(AkShape *shape);
/* Appends a part that is no document; false where there is no room. */
extern bool ak_query_shape_add(AkShape *shape, const void *bytes, int length);
/* Appends a document's shape; false: nothing can be said, the parser has to look at it. */
extern bool ak_query_shape_document(AkShape *shape, AkShapeOf of, const char *source, int length);
/* The grammar of shapes: where the members of a list and of an object stand, and which scalars are values. */
extern AkWhere ak_query_where_in_list(AkWhere where);
extern AkWhere ak_query_where_in_object(AkWhere where, const char *key, int length);
extern bool ak_query_is_slot(AkWhere where, AkJsonKind kind, const char *start, const char *end);
/* The value of a slot, as the parser would give it, in the current context. */
extern void ak_query_slot_value(const char *source, const AkSlot *slot, const char *what, AkJson *value);

#endif
