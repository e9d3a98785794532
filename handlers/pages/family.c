/*
 * family - the addresses of /app.
 */
#include "page.h"

enum {
	FORM = RF_FORM | RF_CSRF
};

/* clang-format off */
static const struct route routes[] = {
	{M_GET,  "/app/sign-in",    sign_in_get,    R_PUBLIC, 0, 0},
	{M_POST, "/app/sign-in",    sign_in_post,   R_PUBLIC, PAGE_FORM, FORM},
	{M_GET,  "/app/sign-up",    sign_up_get,    R_PUBLIC, 0, 0},
	{M_POST, "/app/sign-up",    sign_up_post,   R_PUBLIC, PAGE_FORM, FORM},
	{M_POST, "/app/sign-out",   sign_out_post,  R_PUBLIC, PAGE_FORM, FORM},
	{M_GET,  "/app/forgot",     forgot_get,     R_PUBLIC, 0, 0},
	{M_POST, "/app/forgot",     forgot_post,    R_PUBLIC, PAGE_FORM, FORM},
	{M_GET,  "/app/check-mail", check_mail_get, R_PUBLIC, 0, 0},
	{M_GET,  "/app/confirm",    confirm_get,    R_PUBLIC, 0, 0},
	{M_POST, "/app/confirm",    confirm_post,   R_PUBLIC, PAGE_FORM, FORM},
	{M_GET,  "/app/reset",      reset_get,      R_USER,   0, 0},
	{M_POST, "/app/reset",      reset_post,     R_USER,   PAGE_FORM, FORM},

	{M_GET,  "/app",              projects_get,    R_USER, 0, 0},
	{M_GET,  "/app/projects",     projects_get,    R_USER, 0, 0},
	{M_POST, "/app/projects",     projects_post,   R_USER, PAGE_FORM, FORM},
	{M_GET,  "/app/projects/new", project_new_get, R_USER, 0, 0},
	{M_GET,  "/app/projects/:id", board_get,       R_USER, 0, 0},
	{M_GET,  "/app/projects/:id/settings", settings_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/settings", settings_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/delete", project_delete_post, R_USER, PAGE_FORM, FORM},

	{M_POST, "/app/projects/:id/tasks", tasks_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_GET,  "/app/projects/:id/tasks/new", task_new_get, R_USER, 0, 0},
	{M_GET,  "/app/tasks/:id", task_page_get, R_USER, 0, 0},
	{M_POST, "/app/tasks/:id", task_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/tasks/:id/move", task_move_post, R_USER, PAGE_FORM, FORM},
	/* multipart: the handler reads it and checks its CSRF field */
	{M_POST, "/app/tasks/:id/images", images_post, R_USER, 0, RF_STREAM | RF_IO | RF_OPEN_TYPE},
	{M_GET,  "/app/tasks/:id/images/:imageId", image_get, R_USER, 0, 0},
	{M_POST, "/app/tasks/:id/images/:imageId/delete", image_delete_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/tasks/:id/delete", task_delete_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/sessions", sessions_get, R_USER, 0, 0},
	{M_GET,  "/app/sessions/:id", session_page_get, R_USER, 0, 0},
	{M_POST, "/app/sessions/:id/answer", session_answer_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/sessions/:id/archive", session_archive_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/sessions/:id/check", session_check_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/sessions/:id/tasks", session_task_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/sessions/:id/tasks/:taskId/remove", session_untask_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/sessions/:id/delete", session_delete_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/docs", docs_get, R_USER, 0, 0},
	{M_GET,  "/app/docs/:id", doc_get, R_USER, 0, 0},
	{M_GET,  "/app/docs/:id/raw", doc_raw_get, R_USER, 0, 0},

	{M_GET,  "/app/projects/:id/members", members_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/members/:userId", role_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/members/:userId/remove", remove_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/invitations", invite_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/invitations/:invitationId/revoke", revoke_post, R_USER, PAGE_FORM, FORM},
	{M_GET,  "/app/invitation", invitation_get, R_USER, 0, 0},
	{M_POST, "/app/invitation", invitation_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/files", files_get, R_USER, 0, 0},
	/* multipart: the handler reads it and checks its CSRF field */
	{M_POST, "/app/projects/:id/files", files_post, R_USER, 0, RF_STREAM | RF_IO | RF_OPEN_TYPE},
	{M_GET,  "/app/projects/:id/files/:file", file_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/files/:file/delete", file_delete_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/lists", lists_page_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/lists", lists_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/projects/:id/lists/order", lists_order_post, R_USER, PAGE_FORM, FORM},
	{M_GET,  "/app/lists/:id", list_page_get, R_USER, 0, 0},
	{M_POST, "/app/lists/:id", list_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/lists/:id/delete", list_delete_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/lists/:id/order", list_order_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/lists/:id/tasks", list_task_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/lists/:id/tasks/:taskId/remove", list_task_remove_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/agents", agents_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/agents", agents_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_GET,  "/app/projects/:id/agents/new", agent_new_get, R_USER, 0, 0},
	{M_GET,  "/app/projects/:id/agents/:agent", agent_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/agents/:agent", agent_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/archive", agent_archive_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/unarchive", agent_unarchive_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/delete", agent_delete_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/reset", agent_reset_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/scope", agent_scope_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/memory", agent_memory_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/memory/remove", agent_forget_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/agents/:agent/memory/clear", agent_clear_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/teams", teams_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/teams", teams_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_GET,  "/app/projects/:id/teams/new", team_new_get, R_USER, 0, 0},
	{M_GET,  "/app/projects/:id/teams/:team", team_page_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/teams/:team", team_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/projects/:id/teams/:team/archive", team_archive_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/teams/:team/unarchive", team_unarchive_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/projects/:id/teams/:team/delete", team_delete_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/projects/:id/mail", mail_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail", mail_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_GET,  "/app/projects/:id/mail/new", mail_new_get, R_USER, 0, 0},
	{M_GET,  "/app/projects/:id/mail/:mail", mail_thread_get, R_USER, 0, 0},
	{M_POST, "/app/projects/:id/mail/:mail", mail_reply_post, R_USER, PAGE_TEXT_FORM, FORM},
	{M_POST, "/app/projects/:id/mail/:mail/delete", mail_delete_post, R_USER, PAGE_FORM, FORM},

	{M_GET,  "/app/account", account_get, R_USER, 0, 0},
	{M_POST, "/app/account/profile", profile_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/account/password", password_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/account/tokens", token_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/account/tokens/:token/revoke", token_revoke_post, R_USER, PAGE_FORM, FORM},
	{M_POST, "/app/account/sign-out-others", others_post, R_USER, PAGE_FORM, FORM},

	{M_GET, "/app/admin", admin_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/users", admin_users_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/mail", admin_mail_get, R_ADMIN, 0, 0},
	{M_GET, "/app/admin/mail/:file", admin_mail_one_get, R_ADMIN, 0, 0},
};
/* clang-format on */

static const struct route_set set = {.rows = routes, .n = NELEM(routes)};
static const struct route_set *const sets[] = {&set, NULL};

const struct family pages_family = {
	.name = "pages",
	.prefix = "/app/",
	.sets = sets,
	.render_error = page_render_error,
	.authenticate = page_authenticate,
};
