/*
 * types.h
 *		What the families of field types share.
 */
#ifndef AK_MODEL_TYPES_H
#define AK_MODEL_TYPES_H

#include "utils/builtins.h"

#include "model/internal.h"

/* How a field's column is written in a CHECK. */
#define AK_COLUMN(def) quote_identifier((def)->column)

/* types.c: options and rules */
extern const char *const ak_model_no_options[];
extern void ak_model_bad_option(const AkFieldDef *def, const char *option, const char *problem) pg_attribute_noreturn();
/* A whole number not below `least`; `otherwise` when absent. */
extern int64 ak_model_integer_option(const AkFieldDef *def, const char *option, int64 least, int64 otherwise);
/* A member that is there and not null. */
extern bool ak_model_has_option(const AkFieldDef *def, const char *option);
/* CHECK (char_length(column) operator length) */
extern void ak_model_check_length(AkFieldDef *def, const char *rule, const char *operator, int64 length);
/* CHECK (column operator pattern); a pattern that cannot be compiled is refused. */
extern void ak_model_check_pattern(AkFieldDef *def, const char *rule, const char *operator, const char *pattern);
extern void ak_model_register_types(const AkFieldType *types, int count);

/* The families, each registering its own. */
extern void ak_model_text_types_init(void);
extern void ak_model_number_types_init(void);
extern void ak_model_plain_types_init(void);
extern void ak_model_container_types_init(void);

/* types_text.c */

/* slug.c: the rules of a slug; max_length 0 is none. */
extern char *ak_model_slug(const char *text, int max_length, bool allow_unicode);
/* The slug, where the field wants it so with a suffix that no other row has; `old`: the row itself, as it was. */
extern char *ak_model_own_slug(const AkField *field, HeapTuple old, char *slug);

#endif
