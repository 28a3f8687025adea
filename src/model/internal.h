/*
 * internal.h
 *		What the parts of room model share.
 */
#ifndef AK_MODEL_INTERNAL_H
#define AK_MODEL_INTERNAL_H

#include "model/model.h"

/* registry.c */
extern void ak_model_registry_init(void);
extern AkRegistry *ak_model_registry_read(void);
/* Splits "app.Name" at the last dot; *app is NULL and the result false without one. */
extern bool ak_model_split_name(const char *name, char **app, char **bare);

/* listener.c */
extern void ak_model_notify_loaded(AkRegistry *registry);
extern void ak_model_notify_naming(const char *app, const char *model, const char *field);
extern void ak_model_notify_created(AkModel *model);
extern void ak_model_notify_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_model_notify_dropping(AkModel *model, bool cascade);
extern void ak_model_notify_describe(const AkModel *model, AkJson *out);
extern void ak_model_notify_reconcile(void);

/* types.c */
extern void ak_model_types_init(void);
extern List *ak_model_type_names(void);
extern const char *const ak_model_common_options[];
/* Also the names an option may be written by: alias → name. */
extern const char *ak_model_option_name(const char *written);

/* definition.c */
extern AkModelDef *ak_model_define(const char *name, const AkJson *fields, const AkJson *meta);
extern AkFieldDef *ak_model_define_field(AkModelDef *model, const char *name, const AkJson *definition);
/* A definition of the model as it is, for defining another field of it. */
extern AkModelDef *ak_model_definition_of(const AkModel *model);
extern AkFieldDef *ak_model_define_another(AkModelDef *def, const char *name, const AkJson *definition);
extern void ak_model_check_field_name(const char *name);

/* meta.c */
extern AkJson *ak_model_read_meta(const AkJson *meta);
extern void ak_model_check_meta(const AkModelDef *def);
extern AkFieldDef *ak_model_meta_field(const AkModelDef *def, const char *name, const char *option);
extern bool ak_model_order_term_known(const AkModel *model, const char *term);
/* The meta with a field's name replaced, or removed when new_name is NULL. */
extern AkJson *ak_model_meta_rename(const AkJson *meta, const char *old_name, const char *new_name);

/* ddl.c */
extern void ak_model_create_table(const AkModelDef *def);
extern void ak_model_add_column(const AkModel *model, const AkFieldDef *field);
extern void ak_model_create_indexes(const AkModelDef *def);
extern void ak_model_create_field_index(const char *app, const char *table, const AkFieldDef *field);
/* Makes the table's rules trigger what its fields need. */
extern void ak_model_fit_rules_trigger(const AkModel *model);

/* store.c: the constant statements over aksara.model and aksara.field */
extern void ak_model_store_model(const AkModelDef *def, Oid relid);
extern void ak_model_store_field(const AkFieldDef *field, int position, Oid relid);
extern void ak_model_forget_model(const AkModel *model);
extern void ak_model_forget_field(const AkField *field);
extern void ak_model_store_field_name(const AkField *field, const char *name);
extern void ak_model_store_model_name(const AkModel *model, const char *name);
extern void ak_model_store_meta(const AkModel *model, const AkJson *meta);
/* Brings the registry in line with the catalog. */
extern void ak_model_reconcile(void);

/* changes.c: the operations */
extern AkJson *ak_model_op_create_model(const AkJson *op);
extern AkJson *ak_model_op_drop_model(const AkJson *op);
extern AkJson *ak_model_op_rename_model(const AkJson *op);
extern AkJson *ak_model_op_add_field(const AkJson *op);
extern AkJson *ak_model_op_remove_field(const AkJson *op);
extern AkJson *ak_model_op_rename_field(const AkJson *op);
extern AkJson *ak_model_reverse_create_model(const AkJson *op);
extern AkJson *ak_model_reverse_drop_model(const AkJson *op);
extern AkJson *ak_model_reverse_rename_model(const AkJson *op);
extern AkJson *ak_model_reverse_add_field(const AkJson *op);
extern AkJson *ak_model_reverse_remove_field(const AkJson *op);
extern AkJson *ak_model_reverse_rename_field(const AkJson *op);

/* describe.c */
extern AkJson *ak_model_describe(const AkModel *model);
/* A field as it would be written in a definition. */
extern AkJson *ak_model_field_definition(const AkField *field);

#endif
