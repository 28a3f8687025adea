/*
 * errors.h
 *		SQLSTATEs of aksara's own.
 *
 * Standard codes come first (design: laws, errors).  These are the few
 * conditions that no standard code names; class ZS is free of the standard's
 * and PostgreSQL's classes.
 */
#ifndef AK_CORE_ERRORS_H
#define AK_CORE_ERRORS_H

#define ERRCODE_AK_STALE_VERSION	MAKE_SQLSTATE('Z','S','0','0','1')
#define ERRCODE_AK_LOST_CLAIM		MAKE_SQLSTATE('Z','S','0','0','2')

#endif
