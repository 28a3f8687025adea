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
	AK_SHAPE_OF_ROW				/* an object whose members are values of any kind */
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

extern void ak_query_shape_init(AkShape *shape);
/* Appends a part that is no document; false where there is no room. */
extern bool ak_query_shape_add(AkShape *shape, const void *bytes, int length);
/* Appends a document's shape; false: nothing can be said, the parser has to look at it. */
extern bool ak_query_shape_document(AkShape *shape, AkShapeOf of, const char *source, int length);
/* The value of a slot, as the parser would give it, in the current context. */
extern void ak_query_slot_value(const char *source, const AkSlot *slot, const char *what, AkJson *value);

#endif
