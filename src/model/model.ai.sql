-- Models as agents see them.

CREATE OR REPLACE FUNCTION aksara.ai_schema(model text)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_ai_schema';
COMMENT ON FUNCTION aksara.ai_schema(text) IS 'a model as an agent sees it: without sensitive fields, with descriptions and relations from both ends';

CREATE OR REPLACE FUNCTION aksara.ai_schemas()
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_ai_schemas';
COMMENT ON FUNCTION aksara.ai_schemas() IS 'the exposed models that the caller may use, each as ai_schema() shows it';
