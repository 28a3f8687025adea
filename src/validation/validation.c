/*
 * validation.c
 *		Start of room validation.
 */
#include "postgres.h"

#include "validation/internal.h"

static const AkModelListener listener = {
	.field_renamed = ak_validation_field_renamed,
	.reconcile = ak_validation_reconcile,
	.check = ak_validation_check,
};

void
ak_validation_init(void)
{
	ak_model_listen(&listener);
	ak_model_register_option(&ak_validation_validators);
	ak_model_register_option(&ak_validation_normalize);
	ak_model_register_option(&ak_validation_messages);
	ak_model_register_meta(&ak_validation_meta_messages);
	ak_model_register_meta(&ak_validation_meta_rules);
	ak_validation_operations_init();
	ak_model_on_row(&ak_validation_row_rules);
	ak_query_on_write(&ak_validation_guard);
}
