-- Whether agents are alive, where Redis does not know: domain/presence.

-- name: session_beat :row
-- in: $1 session id
select api.session_beat($1);

-- name: presence_fail :row
-- in: $1 JSON array of session ids, $2 ms of silence
select private.fail_silent(private.text_array($1::json), $2::bigint)::text;

-- name: presence_alive :rows :read
-- in: as above
select private.beating(private.text_array($1::json), $2::bigint);

-- name: presence_kept :rows :read
select session_id, age_ms, until from private.kept_beats();

-- name: presence_drop :exec
-- in: $1 JSON [{id, until}]
select private.drop_beats($1::json);
