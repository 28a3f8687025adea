-- A stranger prepares the ground before the extension is created. It must refuse, or not be affected.
SELECT current_database() AS home \gset
CREATE ROLE regress_squatter;
CREATE DATABASE regress_house_squat TEMPLATE template0;
GRANT CREATE ON DATABASE regress_house_squat TO regress_squatter;
\c regress_house_squat

-- The schema is there already: refused, whoever made it.
-- (18 adds the place in the script as context.)
\set SHOW_CONTEXT never
SET ROLE regress_squatter;
CREATE SCHEMA aksara;
RESET ROLE;
CREATE EXTENSION aksara;
CREATE EXTENSION aksara SCHEMA aksara;
SELECT extname FROM pg_extension WHERE extname = 'aksara';
DROP SCHEMA aksara;

-- Types and operators that stand first in the path of whoever creates the extension: not taken.
GRANT CREATE, USAGE ON SCHEMA public TO regress_squatter;
SET ROLE regress_squatter;
CREATE DOMAIN public.doc AS text;
CREATE DOMAIN public.queryset AS text;
CREATE DOMAIN public.query_op AS text;
CREATE FUNCTION public.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'a stranger''s operator ran as %', current_user; END $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.trap);
RESET ROLE;
SET search_path = public, pg_catalog;
CREATE EXTENSION aksara;

-- Nothing of the extension rests on anything of the squatter's.
SET search_path = pg_catalog;
SELECT o.identity, r.identity AS rests_on
FROM pg_depend d,
	pg_identify_object(d.classid, d.objid, d.objsubid) o,
	pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) r
WHERE o.identity ~ '\maksara\.' AND r.schema = 'public'
ORDER BY 1, 2;

\c :home
DROP DATABASE regress_house_squat WITH (FORCE);
DROP ROLE regress_squatter;
