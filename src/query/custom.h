/*
 * custom.h
 *		Lookups and transforms that are functions of SQL: aksara.query_lookup.
 */
#ifndef AK_QUERY_CUSTOM_H
#define AK_QUERY_CUSTOM_H

#include "query/internal.h"

/* A row of aksara.query_lookup; the function it names has the shape that its kind wants. */
typedef struct AkCustom
{
	char	   *name;
	bool		transform;
	Oid			function;		/* InvalidOid: it is gone, or is not what it was */
	Oid			type;			/* of its first argument; InvalidOid like the function */
	Oid			value;			/* of a lookup: the type of its value */
	Oid			result;
	char	   *type_name;		/* as the row has them */
	char	   *signature;
	char	   *owner;
} AkCustom;

/* All rows, of AkCustom *. */
extern List *ak_query_customs(void);
/* What is wrong with a function as a lookup or transform, in words; NULL: nothing. */
extern const char *ak_query_custom_problem(Oid function, bool transform);
/* Who owns a function. */
extern char *ak_query_function_owner(Oid function);
/* The function of a signature with schemas; InvalidOid: there is none. */
extern Oid	ak_query_function_named(const char *signature);

#endif
