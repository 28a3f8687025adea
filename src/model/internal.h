/*
 * internal.h
 *		What the parts of room model share.
 */
#ifndef AK_MODEL_INTERNAL_H
#define AK_MODEL_INTERNAL_H

#include "model/model.h"

#include "utils/relcache.h"

/* registry.c */
extern void ak_model_registry_init(void);
extern void ak_model_evaluate_init(void);
extern AkRegistry *ak_model_registry_read(void);
/* Splits "app.Name" at the last dot; *app is NULL and the result false without one. */
extern bool ak_model_split_name(const char *name, char **app, char **bare);

/* listener.c */
extern void ak_model_notify_loaded(AkRegistry *registry);
extern void ak_model_notify_naming(const char *app, const char *model, const char *field);
extern void ak_model_notify_created(AkModel *model);
extern void ak_model_notify_field_renamed(const AkField *field, const char *new_name);
extern void ak_model_notify_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_model_notify_altering(AkModel *model);
extern void ak_model_notify_altered(void);
extern void ak_model_notify_dropping(AkModel *model, bool cascade);
extern const char *ak_model_notify_holding(Oid relid);
extern void ak_model_notify_adopting(AkAdoption *adoption);
extern void ak_model_notify_adopted(List *adoptions);
extern void ak_model_notify_forgetting(const AkModel *model);
extern void ak_model_notify_unmapped(const AkModel *model, AkJson *list);
extern void ak_model_notify_describe(const AkModel *model, AkJson *out);
extern void ak_model_notify_check(const AkModel *model, AkFindings *findings);
extern void ak_model_notify_reconcile(void);

/* types.c */
extern void ak_model_types_init(void);
extern List *ak_model_type_names(void);
/* The options that every kind takes, upper rooms' included: of char *. */
extern List *ak_model_common_options(void);
extern void ak_model_define_options(AkFieldDef *def);
/* Also the names an option may be written by: alias → name. */
extern const char *ak_model_option_name(const char *written);
/* A hint for a word that is an option elsewhere; NULL when it is none. */
extern const char *ak_model_option_instead(const char *option);

/* A field's options where the catalog or the other fields say something newer. */
extern void ak_model_put_current_options(const AkField *field, AkJson *options);
/* After rename_field: other fields that name it in their options. */
extern void ak_model_follow_rename(const AkModel *model, const char *old_name, const char *new_name);

/* custom_type.c, custom_load.c, custom_change.c, custom_value.c: types that create_field_type() made */
typedef struct AkCustomType AkCustomType;

/* Reads the types of a new picture, before its fields. */
extern void ak_model_load_custom_types(AkRegistry *registry);
/* The type of a field row: built in, made, or one that stands in for what is gone; NULL where there never was such a type. */
extern const AkFieldType *ak_model_type_of_row(AkRegistry *registry, const char *kind, const AkJson *options);
/* A made type by "app.Name" or along search_path; version 0: the newest. */
extern const AkFieldType *ak_model_find_custom_type(const char *name, int version);
extern List *ak_model_custom_type_names(void);
/* "String" or "StringField"; NULL when it is not built in. */
extern const AkFieldType *ak_model_find_built_in_type(const char *name);
/* ak_model_define_field() of a type that is known already. */
extern AkFieldDef *ak_model_define_field_of(AkModelDef *model, const char *name, const AkFieldType *type, const AkJson *object);
extern void ak_model_check_app(const char *app);
/* As ak_model_read(), of a value in its stored form. */
extern bool ak_model_read_stored(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems);
/* Does it stand in for a type that is gone? */
extern bool ak_model_is_stand_in(const AkFieldType *type);
/* The type that a definition names, in its version; NULL when unknown. */
extern const AkFieldType *ak_model_type_of_definition(const AkFieldDef *def, const char *word, const AkJson *definition);
/* The options with those that the type gives; raises where one may not be given. */
extern AkJson *ak_model_with_type_options(const AkFieldDef *def, AkJson *options);
/* A value of a definition, read as a document's value of the field to be. */
extern bool ak_model_read_defined(const AkFieldDef *def, const AkJson *value, AkValue *out, AkProblems *problems);
/* Is it a field that is there, of a type whose function is gone or not the caller's to call?  Then its values are what the catalog says. */
extern bool ak_model_cannot_read(const AkFieldDef *def);
/* Reads a document's value by the type's function; to be called where it has one. */
extern bool ak_model_from_external(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems);
extern void ak_model_describe_custom(const AkField *field, AkJson *out);
extern void ak_model_check_custom(const AkField *field, AkFindings *findings);
extern void ak_model_check_custom_types(const AkRegistry *registry, AkFindings *findings);
/* Constant statements: types follow their schemas. */
extern void ak_model_reconcile_field_types(void);
/* Raises where a row of aksara.field_type is ill-formed. */
extern void ak_model_check_field_type_row(const char *name, const char *base, const char *definition, const char *earlier);
extern AkJson *ak_model_op_create_field_type(const AkJson *op);
extern AkJson *ak_model_op_alter_field_type(const AkJson *op);
extern AkJson *ak_model_op_drop_field_type(const AkJson *op);
extern AkJson *ak_model_reverse_create_field_type(const AkJson *op);
extern AkJson *ak_model_reverse_alter_field_type(const AkJson *op);
extern AkJson *ak_model_reverse_drop_field_type(const AkJson *op);

/* expression.c */
extern char *ak_model_generated_expression(const AkField *field);

/* definition.c */
extern AkModelDef *ak_model_define(const char *name, const AkJson *fields, const AkJson *meta);
extern AkFieldDef *ak_model_define_field(AkModelDef *model, const char *name, const AkJson *definition);
extern AkFieldDef *ak_model_define_another(AkModelDef *def, const char *name, const AkJson *definition);
extern void ak_model_check_name(const char *name);
/* The same for a new definition of a field that is there: without the old one, over the same column. */
extern AkFieldDef *ak_model_define_instead(AkModelDef *def, const AkField *field, const AkJson *definition);
/* The field's definition in the model as it is, whatever name its column has. */
extern AkFieldDef *ak_model_define_as_registered(const AkField *field);
/* 42P16 when the default breaks one of the field's rules. */
extern void ak_model_check_default(const AkFieldDef *def);

/* part.c */
/* 2BP01 where the field is part of another. */
extern void ak_model_refuse_part(const AkField *field);
extern void ak_model_remove_parts(List *made);
extern void ak_model_rename_parts(const AkField *whole, const char *new_name);

/* key.c */
extern void ak_model_add_key(AkModelDef *def);

/* meta.c */
extern AkJson *ak_model_read_meta(const AkJson *meta);
/* Checks what names fields, and makes constraints and indexes ready. */
extern void ak_model_check_meta(AkModelDef *def);
/* What the registry keeps of it: what the catalog cannot say. */
extern void ak_model_check_ordering(const AkModelDef *def);
extern AkJson *ak_model_kept_meta(const AkModelDef *def);
extern AkFieldDef *ak_model_meta_field(const AkModelDef *def, const char *name, const char *option);
extern bool ak_model_order_term_known(const AkModel *model, const char *term);
/* The meta with a field's name replaced, or removed when new_name is NULL. */
extern AkJson *ak_model_meta_rename(const AkJson *meta, const char *old_name, const char *new_name);

/* object_definition.c: a constraint or an index ready to be made */
typedef struct AkObjectDef
{
	char		kind;			/* 'c', 'u', 'x', 'f' as in pg_constraint; 'i' an index */
	bool		unique;
	char	   *name;			/* NULL: chosen when it is made */
	char	   *method;
	char	   *body;			/* SQL after the name and the table */
	List	   *parts;			/* of char *, for the name */
} AkObjectDef;

extern AkObjectDef *ak_model_define_object(const AkModelDef *def, const AkJson *source, bool constraint);
/* 0A000 for what only newer servers know. */
extern void ak_model_require_server(bool has, const char *what, const char *option);
extern char *ak_model_choose_object_name(const AkModelDef *def, const AkObjectDef *object);
extern void ak_model_create_object(const AkModelDef *def, const AkObjectDef *object);

/* objects.c: the constraints and indexes that are there */
typedef struct AkObject
{
	char	   *name;
	char		kind;			/* as in AkObjectDef */
	bool		unique;
	AkField    *field;			/* its only column's, when it has one column that is a field's; of a native key the relation */
	bool		plain;			/* nothing but UNIQUE, or an index, over that column */
	const char *rule;			/* the word of the field's definition that made it, else NULL */
	List	   *columns;		/* of int: the numbers of all columns it needs */
	AkJson	   *definition;		/* what would make it again */
} AkObject;

extern bool ak_model_has_plain_object(List *objects, const AkField *field, bool unique);
extern List *ak_model_objects(const AkModel *model, int flags);
/* By name; 42704 with the nearest. */
extern AkObject *ak_model_find_object(const AkModel *model, const char *name, bool constraint);
/* Renames the rules named after the table and its fields (or one), before those are renamed; NULL: unchanged. */
extern void ak_model_rename_rules(const AkModel *model, const AkField *only, const char *table, const char *field);
extern AkObject *ak_model_field_object(List *objects, const AkField *field, const char *rule);

/* foreign_key.c: constraints that refer to other tables */
extern const char *const ak_model_foreign_key_options[];
/* The part of the statement of objects.c that reads them, without the table at its end. */
extern const char *const ak_model_foreign_keys;
extern void ak_model_define_foreign_key(const AkModelDef *def, const AkJson *options, const char *what, AkObjectDef *object);
extern AkJson *ak_model_foreign_key_document(const AkJson *facts, AkJson *columns, AkJson *set);
extern AkField *ak_model_field_of_key(const AkModel *model, const char *constraint);
extern AkJson *ak_model_key_by_hand(const AkField *field, List *objects);

/* abstract.c */
/* The fields and options of a definition with those of its bases, which stand first. */
extern void ak_model_extend(const char *app, const char *name, const AkJson **fields, AkJson **meta);
extern void ak_model_require_abstract_rights(const char *app);

/* ddl.c */
extern void ak_model_create_table(const AkModelDef *def);
extern void ak_model_add_column(const AkModel *model, const AkFieldDef *field);
extern void ak_model_create_objects(const AkModelDef *def);
/* Those foreign keys of meta that no relation stands for; the relations have theirs already. */
extern void ak_model_create_foreign_keys(const AkModelDef *def);
extern void ak_model_create_field_index(const char *app, const char *table, const AkFieldDef *field);
/* `not_valid`: the rows that are there are not looked at. */
extern void ak_model_add_check_constraint(const AkFieldDef *field, const AkCheck *check, bool not_valid);
/* COMMENT ON; a field's is its help_text, else its ai_description; the table's its comment, else its ai_description. */
extern void ak_model_comment_on_all(const AkModelDef *def);
extern void ak_model_comment_on_field(const AkFieldDef *field);
extern void ak_model_comment_on_table(const char *app, const char *table, const char *text);
extern const char *ak_model_field_comment(const AkJson *options);
extern char *ak_model_comment(Oid relid, int flags);
/* Makes the table's rules trigger what its fields need. */
extern void ak_model_fit_rules_trigger(const AkModel *model);

/* rules.c */
extern void ak_model_needed_events(const AkModel *model, bool *insert, bool *update);

/* store.c: the constant statements over aksara.model and aksara.field */
extern void ak_model_store_model(const AkModelDef *def, Oid relid);
extern void ak_model_store_field(const AkFieldDef *field, int position, Oid relid);
extern void ak_model_store_field_definition(const AkFieldDef *field);
extern void ak_model_forget_model(const AkModel *model);
extern void ak_model_forget_field(const AkField *field);
extern void ak_model_store_field_name(const AkField *field, const char *name);
extern void ak_model_store_model_name(const AkModel *model, const char *name);
extern void ak_model_store_meta(const AkModel *model, const AkJson *meta);
/* Brings the registry in line with the catalog. */
extern void ak_model_reconcile(void);

/* operation.c */

/* changes_model.c, changes_field.c, alter_field.c, changes_object.c: the operations */
extern AkJson *ak_model_op_create_model(const AkJson *op);
extern AkJson *ak_model_op_drop_model(const AkJson *op);
extern AkJson *ak_model_op_rename_model(const AkJson *op);
extern AkJson *ak_model_op_alter_meta(const AkJson *op);
extern AkJson *ak_model_op_add_field(const AkJson *op);
extern AkJson *ak_model_op_remove_field(const AkJson *op);
extern AkJson *ak_model_op_rename_field(const AkJson *op);
extern AkJson *ak_model_op_alter_field(const AkJson *op);
extern AkJson *ak_model_op_add_index(const AkJson *op);
extern AkJson *ak_model_op_remove_index(const AkJson *op);
extern AkJson *ak_model_op_add_constraint(const AkJson *op);
extern AkJson *ak_model_op_remove_constraint(const AkJson *op);
extern AkJson *ak_model_reverse_create_model(const AkJson *op);
extern AkJson *ak_model_reverse_drop_model(const AkJson *op);
extern AkJson *ak_model_reverse_rename_model(const AkJson *op);
extern AkJson *ak_model_reverse_alter_meta(const AkJson *op);
extern AkJson *ak_model_reverse_add_field(const AkJson *op);
extern AkJson *ak_model_reverse_remove_field(const AkJson *op);
extern AkJson *ak_model_reverse_rename_field(const AkJson *op);
extern AkJson *ak_model_reverse_alter_field(const AkJson *op);
extern AkJson *ak_model_reverse_add_index(const AkJson *op);
extern AkJson *ak_model_reverse_remove_index(const AkJson *op);
extern AkJson *ak_model_reverse_add_constraint(const AkJson *op);
extern AkJson *ak_model_reverse_remove_constraint(const AkJson *op);
extern void ak_model_check_naming(const AkModelDef *model, const AkFieldType *type, const char *name);
/* The operation that makes such a constraint or index. */
extern AkJson *ak_model_add_object(const AkModel *model, const AkObject *object);
/* Adds one to the table as it is. */
extern void ak_model_make_object(const AkModel *model, const AkJson *document, bool constraint);

/* guard.c */
/* May a dangling model have this table? */
extern bool ak_model_may_adopt(const AkModel *model, Oid relid);

/* adopt_operation.c */
extern AkJson *ak_model_op_adopt_table(const AkJson *op);
extern AkJson *ak_model_op_forget_model(const AkJson *op);
extern AkJson *ak_model_reverse_forget_model(const AkJson *op);

/* adopt.c */
/* Takes an adopted model out of the registry; its table stays as it is. */
extern void ak_model_forget_adopted(const AkModel *model);
/* What the model has no field for: [{column, type, reason}]. */
extern AkJson *ak_model_unmapped(const AkModel *model);

/* adopt_column.c, adopt_check.c: columns as fields */
extern List *ak_model_read_columns(Relation rel, const AkModel *model);
/* An enum's labels, in their order, as a list. */
extern AkJson *ak_model_enum_labels(Oid type);
/* Adds what the table's plain CHECKs say of the column's values to the field's options, or makes it a positive integer. */
extern void ak_model_map_checks(Relation rel, AkAdoptedColumn *column);

/* adopt_name.c */
/* Names the fields that have none yet; 42701 and 42703 for names asked for that cannot be. */
extern void ak_model_name_columns(AkAdoption *adoption);
/* The model's name for a table: CamelCase, singular. */
extern char *ak_model_name_for(const char *table);

/* check.c */
/* Is a model registered whose table is absent, or not its own? */
extern bool ak_model_is_dangling(const AkModel *model);

/* describe.c */
extern AkJson *ak_model_describe(const AkModel *model);
/* What the catalog says of a table besides its columns. */
typedef struct AkFacts
{
	AkJson	   *defaults;		/* column → expression, qualified */
	List	   *objects;		/* of AkObject * */
	char	   *comment;
} AkFacts;

extern AkFacts *ak_model_facts(const AkModel *model, int flags);
/* A field as it would be written in a definition of the table as it is. */
extern AkJson *ak_model_field_definition(const AkField *field, const AkFacts *facts);
/* The meta of a definition of the table as it is: with key, constraints, indexes and comment. */
extern AkJson *ak_model_whole_meta(const AkModel *model, const AkFacts *facts);
/* The same with the options as they were registered, whatever was changed by hand. */
extern AkJson *ak_model_registered_definition(const AkField *field);

#endif
