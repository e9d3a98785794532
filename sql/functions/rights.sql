-- Who may call functions.  What is in api everybody with a login may, what is
-- private its owner and those whom the file of the function names: PostgreSQL
-- gives a new function to everybody, which is taken back here, below the line
-- and therefore when every function of every file is there.

-- --- what hangs on tables

revoke execute on all functions in schema api, private from public;
grant execute on all functions in schema api to authenticated, service_role;
