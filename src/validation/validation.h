/*
 * validation.h
 *		Front door of room validation: rules of fields and rows.
 */
#ifndef AK_VALIDATION_H
#define AK_VALIDATION_H

#include "query/query.h"

extern void ak_validation_init(void);

#endif
