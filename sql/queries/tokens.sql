-- API tokens: see sql/migrations and handlers/api/tokens.c.

-- name: token_claims :json
-- in: $1 SHA-256 of the token, hex
-- The claims of the token's owner; nothing for a dead or unknown token.
select api.token_claims($1);
