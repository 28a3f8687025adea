/*
 * value.h
 *		What the readers of document values share.
 */
#ifndef AK_MODEL_VALUE_H
#define AK_MODEL_VALUE_H

#include "model/internal.h"

/* One value being read. */
typedef struct AkReading
{
	Oid			type;
	int32		typmod;
	const char *where;			/* the name in messages and in the map of problems */
	AkProblems *problems;
} AkReading;

/* value.c */
extern bool ak_model_read_by_type(const AkReading *r, const AkJson *value, AkValue *out);
/* Text through the type's input function; what it refuses becomes a problem. */
extern bool ak_model_read_text(const AkReading *r, const char *text, AkValue *out);
/* Adds the problem that the value is not what is wanted, and returns false. */
extern bool ak_model_refuse(const AkReading *r, const AkJson *value, const char *wanted);
/* Does the text begin as ISO dates or times of this type do? */
extern bool ak_model_is_iso(Oid type, const char *text);

/* value_container.c */
extern bool ak_model_read_array(const AkReading *r, const AkJson *value, AkValue *out);
extern bool ak_model_read_range(const AkReading *r, const AkJson *value, AkValue *out);

#endif
