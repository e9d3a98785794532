-- API tokens: see sql/functions and handlers/api/tokens.c.

-- name: token_claims :text
-- in: $1 SHA-256 of the token, hex
-- The claims of the token's owner; nothing for a dead or unknown token.
select api.token_claims($1);

-- columns: token
id, name, prefix, scopes, expires_at, last_used_at, created_at;

-- name: token_list :rows :read
select {token} from public.api_tokens
where user_id = auth.uid() order by created_at desc, id;

-- name: token_create :row
-- in: $1 input json {name, scopes?, expiresInDays?}, $2 SHA-256 of the token,
--     $3 its first characters, to tell tokens apart
select {token} from api.token_create($1::json, $2, $3);

-- name: token_delete :row
-- in: $1 id text
select true as success, t.id from api.token_delete($1) t (id);

-- name: login_token :exec
-- in: $1 SHA-256 of the token, hex, $2 its first characters
select api.login_token($1, $2);

-- name: logout_token :exec
select api.logout_token();
