/*
 * query.c
 *		Start of room query.
 */
#include "postgres.h"

#include "query/inline.h"

static const AkModelListener listener = {
	.altering = ak_query_views_altering,
	.altered = ak_query_views_altered,
	.renamed = ak_query_views_renamed,
	.check = ak_query_views_check,
	.reconcile = ak_query_views_reconcile,
};

void
ak_query_init(void)
{
	ak_query_limits_init();
	ak_query_custom_init();
	ak_query_inline_init();
	ak_model_listen(&listener);
}
