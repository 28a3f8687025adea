/*
 * custom_type.h
 *		What the parts of field types of one's own share.
 */
#ifndef AK_MODEL_CUSTOM_TYPE_H
#define AK_MODEL_CUSTOM_TYPE_H

#include "storage/lockdefs.h"

#include "model/types.h"

/* One version of a type that create_field_type() made; the registry's picture holds them all. */
struct AkCustomType
{
	AkFieldType type;			/* MUST BE FIRST */
	char	   *app;			/* schema */
	char	   *bare;			/* its name there */
	int			version;
	int			newest;			/* the type's newest version */
	bool		gone;			/* stands in for a type that is not there (any more) */
	bool		trial;			/* being defined: options that fields must give may be missing */
	const char *base_name;
	const AkFieldType *base;	/* NULL: gone, or not looked for yet */
	bool		resolving;
	int			depth;			/* how many made types it stands on */
	AkJson	   *definition;
	AkJson	   *own;			/* options of its own and its base's own: name → description */
	const char *reader;			/* from_external and the type that names it; NULL: none */
	const char *reader_app;
	const char *writer;			/* to_external, likewise */
	const char *writer_app;
};

/* custom_load.c */
extern AkCustomType *ak_model_build_custom_type(AkRegistry *registry, const char *app, const char *name, int version,
												const char *base, AkJson *definition);
extern const AkCustomType *ak_model_custom_of(AkRegistry *registry, const char *app, const char *name, int version);
/* Finds what it stands on and completes it; false where that is not there. */
extern bool ak_model_resolve_custom_type(AkRegistry *registry, AkCustomType *custom);

/* custom_type.c */
extern void ak_model_lock_field_types(LOCKMODE mode);
extern void ak_model_define_custom(AkFieldDef *def);
/* Raises unless its defaults are of options that a field of it has. */
extern void ak_model_check_type_defaults(const AkCustomType *custom);
/* A member of the definition, where it is an object, or NULL. */
extern AkJson *ak_model_type_part(const AkCustomType *custom, const char *part);

/* custom_value.c */
/* Raises unless the functions fit values of the type. */
extern void ak_model_check_type_functions(const AkCustomType *custom, const char *field, Oid type);
/* Is its from_external there, and the caller's to call? */
extern bool ak_model_may_read(const AkCustomType *custom, const char *sql_type);
/* Is there a function of this name, whatever it takes? */
extern bool ak_model_has_type_function(const char *app, const char *name);
/* A function's name as it is kept: bare in the type's own schema. */
extern char *ak_model_kept_function(const char *app, const char *what, const char *name);

#endif
