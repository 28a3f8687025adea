/*
 * expression.c
 *		The text of SET(expr): one SQL expression, without any table in sight.
 *
 * Room model parses, analyses and deparses it.  It runs as the owner of the
 * referencing table with search_path pinned.
 */
#include "postgres.h"

#include "relation/internal.h"

static char *
set_expression(const char *source, Oid type, int32 typmod, const char *field)
{
	AkExpression e = {
		.source = source,
		.what = psprintf("SET of field \"%s\"", field),
		.use = AK_EXPRESSION_VALUE,
		.type = type,
		.typmod = typmod
	};

	return ak_model_expression(&e);
}

char *
ak_relation_expression(const char *source, const char *field)
{
	return set_expression(source, InvalidOid, -1, field);
}

char *
ak_relation_expression_of_type(const char *deparsed, Oid type, int32 typmod, const char *field)
{
	int			level = ak_model_pin_search_path();
	char	   *result = set_expression(deparsed, type, typmod, field);

	ak_model_unpin_search_path(level);
	return result;
}
