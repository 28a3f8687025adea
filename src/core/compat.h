/*
 * compat.h
 *		Differences between the servers, 15 to 18, in one place.
 *
 * The newer server's shape is the one the rooms use; older servers are
 * adapted to it here.
 */
#ifndef AK_CORE_COMPAT_H
#define AK_CORE_COMPAT_H

#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#if PG_VERSION_NUM < 160000
#include "utils/queryjumble.h"
#else
#include "nodes/queryjumble.h"
#endif

#if PG_VERSION_NUM < 160000
#define ak_jumble_query(query, source) ((void) JumbleQuery((query), (source)))
#define ak_parse_type(name, type, typmod) parseTypeString((name), (type), (typmod), false)
#define ak_qualified_name(text) stringToQualifiedNameList(text)
#define ak_json_lexer(source, length) \
	makeJsonLexContextCstringLen((char *) (source), (length), GetDatabaseEncoding(), true)
#define ak_json_validator(source, length) \
	makeJsonLexContextCstringLen((char *) (source), (length), GetDatabaseEncoding(), false)
#define AK_JSON_ACTION_RESULT void
#define AK_JSON_ACTION_DONE return
#define ak_table_owned(relid) pg_class_ownercheck((relid), GetUserId())
#define ak_database_owned(dbid) pg_database_ownercheck((dbid), GetUserId())
#define ak_function_owned(funcid) pg_proc_ownercheck((funcid), GetUserId())
#define ak_extension_owned(extid) pg_extension_ownercheck((extid), GetUserId())
#define ak_function_callable(funcid) (pg_proc_aclcheck((funcid), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define ak_schema_usable(nspid, mode) \
	(pg_namespace_aclcheck((nspid), GetUserId(), (mode)) == ACLCHECK_OK)
#define ak_database_usable(dbid, mode) \
	(pg_database_aclcheck((dbid), GetUserId(), (mode)) == ACLCHECK_OK)
#else
#define ak_jumble_query(query, source) ((void) JumbleQuery(query))
#define ak_parse_type(name, type, typmod) parseTypeString((name), (type), (typmod), NULL)
#define ak_qualified_name(text) stringToQualifiedNameList((text), NULL)
#define ak_json_lexer(source, length) \
	makeJsonLexContextCstringLen(NULL, (char *) (source), (length), GetDatabaseEncoding(), true)
#define ak_json_validator(source, length) \
	makeJsonLexContextCstringLen(NULL, (char *) (source), (length), GetDatabaseEncoding(), false)
#define AK_JSON_ACTION_RESULT JsonParseErrorType
#define AK_JSON_ACTION_DONE return JSON_SUCCESS
#define ak_table_owned(relid) object_ownercheck(RelationRelationId, (relid), GetUserId())
#define ak_database_owned(dbid) object_ownercheck(DatabaseRelationId, (dbid), GetUserId())
#define ak_function_owned(funcid) object_ownercheck(ProcedureRelationId, (funcid), GetUserId())
#define ak_extension_owned(extid) object_ownercheck(ExtensionRelationId, (extid), GetUserId())
#define ak_function_callable(funcid) \
	(object_aclcheck(ProcedureRelationId, (funcid), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define ak_schema_usable(nspid, mode) \
	(object_aclcheck(NamespaceRelationId, (nspid), GetUserId(), (mode)) == ACLCHECK_OK)
#define ak_database_usable(dbid, mode) \
	(object_aclcheck(DatabaseRelationId, (dbid), GetUserId(), (mode)) == ACLCHECK_OK)
#endif

/* 16 has an aggregate for any value but NULL; before, the first of an array of them is one. */
#if PG_VERSION_NUM < 160000
#define AK_ANY_VALUE "array_agg"
#define AK_ANY_VALUE_IS_FIRST true
#else
#define AK_ANY_VALUE "any_value"
#define AK_ANY_VALUE_IS_FIRST false
#endif

/* What search_path is, to be compared with later. */
#if PG_VERSION_NUM < 170000
typedef OverrideSearchPath AkSearchPath;
#define ak_search_path(context) GetOverrideSearchPath(context)
#define ak_search_path_is_current(path) OverrideSearchPathMatchesCurrent(path)
#else
typedef SearchPathMatcher AkSearchPath;
#define ak_search_path(context) GetSearchPathMatcher(context)
#define ak_search_path_is_current(path) SearchPathMatchesCurrentEnvironment(path)
#endif

/* 18 tells operators of every index method apart, by kinds of comparison whose numbers are btree's strategies. */
#if PG_VERSION_NUM < 180000
#define ak_key_is_over_period(form) false
#define ak_key_is_enforced(form) true
#define AK_HAS_PERIODS false
#define AK_HAS_UNENFORCED false
#define ak_operator_meanings(opno) get_op_btree_interpretation(opno)
#define ak_operator_strategy(meaning) (((OpBtreeInterpretation *) (meaning))->strategy)
#else
#define ak_key_is_over_period(form) ((form)->conperiod)
#define ak_key_is_enforced(form) ((form)->conenforced)
#define AK_HAS_PERIODS true
#define AK_HAS_UNENFORCED true
#define ak_operator_meanings(opno) get_op_index_interpretation(opno)
#define ak_operator_strategy(meaning) ((int) ((OpIndexInterpretation *) (meaning))->cmptype)
#endif

/* 17 lets a worker connect as a role that may not log in. */
#if PG_VERSION_NUM < 170000
#define AK_ANY_ROLE 0
#else
#define AK_ANY_ROLE BGWORKER_BYPASS_ROLELOGINCHECK
#endif

#if PG_VERSION_NUM < 170000
#define ak_my_proc_number() (MyProc->pgprocno)
#else
#define ak_my_proc_number() ((int) MyProcNumber)
#endif

#if PG_VERSION_NUM < 170000
#define ak_local_transaction() (MyProc->lxid)
#else
#define ak_local_transaction() (MyProc->vxid.lxid)
#endif

#if PG_VERSION_NUM < 170000
#define ak_lock_is_held(tag, mode) LockHeldByMe((tag), (mode))
#else
#define ak_lock_is_held(tag, mode) LockHeldByMe((tag), (mode), false)
#endif

/* 18 asks whether a key may be deferrable. */
#if PG_VERSION_NUM < 180000
#define ak_primary_key_index(rel) RelationGetPrimaryKeyIndex(rel)
#else
#define ak_primary_key_index(rel) RelationGetPrimaryKeyIndex((rel), false)
#endif

/* 18 lets a scan of an index count what it does. */
#if PG_VERSION_NUM < 180000
#define ak_index_beginscan(heap, index, snapshot, keys) index_beginscan((heap), (index), (snapshot), (keys), 0)
#else
#define ak_index_beginscan(heap, index, snapshot, keys) index_beginscan((heap), (index), (snapshot), NULL, (keys), 0)
#endif

/* 18 has pg_noreturn instead, which stands before the declaration. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

#endif
