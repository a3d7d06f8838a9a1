/* SPDX-License-Identifier: BSD-3-Clause */
/* The HTTP contract: a chat is started, talked in and found again by its cookie. */
#include "check.h"

static seshat_web *web;
static char cookie[256];

static seshat_response *call(const char *method, const char *path, const char *query, const char *body)
{
	seshat_header headers[3] = {
		{ "Content-Type", Z, "application/json", Z },
		{ "Sec-Fetch-Site", Z, "same-origin", Z },
		{ "User-Agent", Z, "\xff not UTF-8", Z },
	};
	seshat_header all[4];
	seshat_web_request request = SESHAT_WEB_REQUEST_INIT;
	seshat_response *response = NULL;

	memcpy(all, headers, sizeof headers);
	all[3].name = "Cookie";
	all[3].value = cookie;
	all[3].name_len = all[3].value_len = Z;
	request.method = method;
	request.path = path;
	request.query = query;
	request.body = body;
	request.client_ip = "192.0.2.7";
	request.user_name = "Ann \xf0\x9f\x90\xab";
	request.method_len = request.path_len = request.query_len = request.body_len = Z;
	request.client_ip_len = request.user_name_len = Z;
	request.headers = all;
	request.header_count = 4;
	request.https = 1;
	CHECK(seshat_web_handle(web, &request, &response) == SESHAT_OK);
	CHECK(response && seshat_response_fault(response) == NULL);
	return response;
}

static void keep_cookie(const seshat_response *response)
{
	size_t i;

	for (i = 0; i < seshat_response_header_count(response); i++) {
		seshat_header header;

		CHECK(seshat_response_header(response, i, &header) == SESHAT_OK);
		CHECK(strlen(header.name) == header.name_len && strlen(header.value) == header.value_len);
		if (strcmp(header.name, "Set-Cookie") == 0) {
			CHECK(strstr(header.value, "HttpOnly") && strstr(header.value, "Secure"));
			snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(header.value, ";"), header.value);
		}
	}
}

int main(int argc, char **argv)
{
	seshat_store *store = NULL;
	seshat_web_options options = SESHAT_WEB_OPTIONS_INIT;
	seshat_header setting = { "name", Z, "a \"customer\"", Z };
	seshat_chats *waiting = NULL;
	seshat_chat_card card = SESHAT_CHAT_CARD_INIT;
	seshat_response *response;
	size_t length = 0;

	CHECK(argc == 2);
	CHECK(seshat_store_open(argv[1], Z, NULL, &store) == SESHAT_OK);
	options.base = "/chat";
	options.base_len = Z;
	options.allowed_origins = "https://a.example https://b.example";
	options.allowed_origins_len = Z;
	CHECK(seshat_web_open(store, &options, &web) == SESHAT_OK);

	response = call("GET", "/chat/availability", NULL, NULL);
	CHECK(seshat_response_status(response) == 200);
	CHECK(strcmp(seshat_response_body(response, &length), "{\"availability\":\"offline\"}") == 0);
	CHECK(length == 26);
	seshat_response_free(response);

	response = call("POST", "/chat/chats", NULL, "{\"key\":\"0123456789abcdef\",\"name\":\"Eve\"}");
	CHECK(seshat_response_status(response) == 201);
	keep_cookie(response);
	CHECK(strncmp(cookie, "seshat=", 7) == 0);
	seshat_response_free(response);

	/* The site knows who it is; what the page says of it counts for nothing. */
	CHECK(seshat_chats_waiting(store, 1, &waiting) == SESHAT_OK);
	CHECK(seshat_chats_get(waiting, 0, &card) == SESHAT_OK);
	CHECK(strcmp(card.visitor, "Ann \xf0\x9f\x90\xab") == 0);
	seshat_chats_free(waiting);
	seshat_store_close(store);

	response = call("POST", "/chat/messages", NULL, "{\"key\":\"m1\",\"text\":\"Hi!\",\"after\":0}");
	CHECK(seshat_response_status(response) == 201);
	CHECK(strstr(seshat_response_body(response, NULL), "\"text\":\"Hi!\""));
	seshat_response_free(response);

	response = call("GET", "/chat/poll", "after=1", NULL);
	CHECK(seshat_response_status(response) == 200);
	CHECK(strstr(seshat_response_body(response, NULL), "\"messages\":[]"));
	seshat_response_free(response);

	response = call("GET", "/elsewhere", NULL, NULL);
	CHECK(seshat_response_status(response) == 404);
	seshat_response_free(response);

	CHECK(seshat_web_snippet(web, &setting, 1, &response) == SESHAT_OK);
	CHECK(strstr(seshat_response_body(response, NULL), "data-name=\"a &quot;customer&quot;\""));
	CHECK(strstr(seshat_response_body(response, NULL), "\"/chat/assets/"));
	seshat_response_free(response);
	seshat_web_close(web);
	return 0;
}
