/*
 * adopt.h
 *		What adopt_table() and adopt_schema() share.
 */
#ifndef AK_MODEL_ADOPT_H
#define AK_MODEL_ADOPT_H

#include "model/internal.h"

/*
 * The model of the table that is named as in SQL; 42P01, 42501, 42809 where it
 * cannot be.  `name` may be NULL; *renewed: the model was there.
 */
extern AkModel *ak_model_adopt(const char *table, const char *name, const AkJson *options, bool *renewed);
/* Why the table cannot be adopted, whoever asks, as a sentence; NULL: it can. */
extern const char *ak_model_why_not(Oid relid);
/* The tables of a schema but for partitions, by name: List of oid. */
extern List *ak_model_tables_of(Oid schema);
/* Registers the model of a table that may be adopted; `name` NULL: one made from the table's. */
extern AkAdoption *ak_model_begin_adoption(Oid relid, const char *name);
/* Registers the fields of such models, and what leads from one to the other. */
extern void ak_model_finish_adoptions(List *adoptions);
/* 22023 for an option that is not among those known. */
extern void ak_model_check_options(const AkJson *options, const char *const *known);

#endif
