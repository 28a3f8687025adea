/*
 * roles.c
 *		Whose signals and receivers are: roles by name in what is dumped, and by
 *		oid beside it.
 *
 * A dump names roles.  Here the oid that a name meant is noted too: a role
 * keeps what is its own under another name, and one that is made later does
 * not come into the rights of the one that had its name.  A name without an
 * oid, which a restore has brought before its role, means whoever has it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "signal/internal.h"

/* The role that is meant; InvalidOid: there is none any more, or not yet. */
Oid
ak_signal_role(const char *name, Oid seen)
{
	if (!OidIsValid(seen))
		return get_role_oid(name, true);
	return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(seen)) ? seen : InvalidOid;
}

bool
ak_signal_may_act_as(const char *name, Oid seen)
{
	Oid			role = ak_signal_role(name, seen);

	return superuser() || (OidIsValid(role) && has_privs_of_role(GetUserId(), role));
}

/* ---- noting ---- */

static Datum
as_name(const char *text)
{
	return DirectFunctionCall1(namein, CStringGetDatum(text));
}

void
ak_signal_note_signal(const char *name, Oid role)
{
	static const Oid types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(name), ObjectIdGetDatum(role)};

	if (OidIsValid(role))
		ak_core_registry_write("INSERT INTO aksara.signal_role (name, seen) VALUES ($1, $2)"
							   " ON CONFLICT (name) DO UPDATE SET seen = EXCLUDED.seen",
							   lengthof(types), types, values, NULL);
}

void
ak_signal_note_receiver(const char *signal, const char *sender, const char *uid, const char *name, Oid role)
{
	static const Oid types[] = {TEXTOID, TEXTOID, TEXTOID, NAMEOID, OIDOID};
	Datum		values[] = {
		CStringGetTextDatum(signal), CStringGetTextDatum(sender), CStringGetTextDatum(uid), as_name(name),
		ObjectIdGetDatum(role)
	};

	if (OidIsValid(role))
		ak_core_registry_write("INSERT INTO aksara.receiver_role (signal, sender, uid, role, seen) VALUES ($1, $2, $3, $4, $5)"
							   " ON CONFLICT (signal, sender, uid, role) DO UPDATE SET seen = EXCLUDED.seen",
							   lengthof(types), types, values, NULL);
}

/* What names say follows the roles, as far as nothing stands there already. */
void
ak_signal_follow_roles(void)
{
	ak_core_registry_write("UPDATE aksara.signal s SET role = a.rolname FROM aksara.signal_role r, pg_roles a"
						   " WHERE r.name = s.name AND a.oid = r.seen AND a.rolname <> s.role",
						   0, NULL, NULL, NULL);
	ak_core_registry_write("UPDATE aksara.free_receiver f SET role = a.rolname FROM aksara.receiver_role r, pg_roles a"
						   " WHERE r.signal = f.signal AND r.sender = f.sender AND r.uid = f.uid AND r.role = f.role"
						   " AND a.oid = r.seen AND a.rolname <> f.role"
						   " AND NOT EXISTS (SELECT FROM aksara.free_receiver o WHERE o.signal = f.signal"
						   " AND o.sender = f.sender AND o.uid = f.uid AND o.role = a.rolname)",
						   0, NULL, NULL, NULL);
}
