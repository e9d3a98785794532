-- API tokens: see sql/functions and handlers/api/tokens.c.

-- name: token_claims :text
-- in: $1 SHA-256 of the token, hex
-- The claims of the token's owner; nothing for a dead or unknown token.
select api.token_claims($1);

-- name: token_list :text :read
select api.token_list()::text;

-- name: token_create :text
-- in: $1 input json {name, scopes?, expiresInDays?}, $2 SHA-256 of the token,
--     $3 its first characters, to tell tokens apart
select api.token_create($1::json, $2, $3)::text;

-- name: token_delete :text
-- in: $1 id text
select api.token_delete($1)::text;

-- name: login_token :text
-- in: $1 SHA-256 of the token, hex, $2 its first characters
select api.login_token($1, $2)::text;

-- name: logout_token :text
select api.logout_token()::text;
