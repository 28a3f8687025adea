/*
 * signal.h
 *		Front door of room signal: receivers of what writes send.
 */
#ifndef AK_SIGNAL_H
#define AK_SIGNAL_H

#include "query/query.h"

extern void ak_signal_init(void);

#endif
