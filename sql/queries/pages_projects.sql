-- What the list of projects shows.  The settings of one are in its head.

-- name: page_projects :rows :read
-- in: $1 how many stand before, $2 how many to show
-- A row for each of the first four people of each project, those of one
-- together.
select p.id, p.name, p.description, p.role, p.waiting, p.opened + p.done as
	total, p.done, p.late, p.people, p.person_id, p.person
from private.my_projects($1::int, $2::int) p
order by p.place, p.nth;
