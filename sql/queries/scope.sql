-- Who asks, for policies and triggers: the first statement of every run
-- (core/db sends it).  set_config(..., true) ends with the transaction, which
-- is what the pipeline up to its sync is.  Empty texts stand for "not set".
-- The role comes last: what stands before is set with the login's rights.

-- name: request_scope :row :read
-- in: $1 role, $2 claims json, $3 headers json, $4 method, $5 path,
--     $6 storage operation, $7 statement timeout in ms
select set_config('request.jwt.claims', $2, true),
       set_config('request.headers', $3, true),
       set_config('request.method', $4, true),
       set_config('request.path', $5, true),
       set_config('storage.operation', $6, true),
       set_config('storage.allow_delete_query',
                  case when $6 like 'storage.%' then 'true' else '' end, true),
       set_config('statement_timeout', $7, true),
       set_config('role', $1, true);
