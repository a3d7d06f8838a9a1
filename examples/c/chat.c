/* SPDX-License-Identifier: BSD-3-Clause */
/* A whole site with a visitor chat, as one CGI program: put it where your web server runs CGI programs, give it
 * SESHAT_DB, and open its address. cc -o chat.cgi chat.c $(pkg-config --cflags --libs seshat) */
#include <seshat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HEADERS = 100, MOST_BODY = 131073 };
extern char **environ;

static const char *variable(const char *name) { return getenv(name) ? getenv(name) : ""; }

/* HTTP_SEC_FETCH_SITE=same-origin becomes Sec-Fetch-Site's header; its name is written over the variable. */
static size_t headers(seshat_header *all)
{
	size_t count = 0;
	for (char **entry = environ; *entry && count < MOST_HEADERS; entry++) {
		char *name = strncmp(*entry, "CONTENT_TYPE=", 13) ? *entry + 5 : *entry, *value = strchr(*entry, '=');
		if ((name != *entry && strncmp(*entry, "HTTP_", 5)) || !value) continue;
		for (char *c = name; c < value; c++) if (*c == '_') *c = '-';
		all[count++] = (seshat_header){ name, (size_t)(value - name), value + 1, SESHAT_NUL_TERMINATED };
	}
	return count;
}

static int fail(void) { return fprintf(stderr, "%s\n", seshat_errmsg()), puts("Status: 500\n"), 1; }

int main(void)
{
	static char body[MOST_BODY], base[256], page[1024];
	seshat_header all[MOST_HEADERS];
	seshat_store *store = NULL;
	seshat_web *web = NULL;
	seshat_response *response = NULL;
	seshat_web_options options = SESHAT_WEB_OPTIONS_INIT;
	seshat_web_request request = SESHAT_WEB_REQUEST_INIT;
	const char *below = variable("PATH_INFO");
	size_t length;

	snprintf(base, sizeof base, "%s/chat", variable("SCRIPT_NAME"));
	snprintf(page, sizeof page, "%s%s", variable("SCRIPT_NAME"), below);
	options.base = base, options.base_len = strlen(base);
	request.method = variable("REQUEST_METHOD"), request.method_len = SESHAT_NUL_TERMINATED;
	request.path = page, request.path_len = strlen(page);
	request.query = variable("QUERY_STRING"), request.query_len = SESHAT_NUL_TERMINATED;
	request.client_ip = variable("REMOTE_ADDR"), request.client_ip_len = SESHAT_NUL_TERMINATED;
	request.https = !strcmp(variable("HTTPS"), "on");
	request.body = body, request.body_len = fread(body, 1, sizeof body, stdin);
	request.headers = all, request.header_count = headers(all);

	if (seshat_store_open(variable("SESHAT_DB"), SESHAT_NUL_TERMINATED, NULL, &store)) return fail();
	if (seshat_web_open(store, &options, &web)) return fail();
	if (!strncmp(below, "/chat/", 6)) {
		if (seshat_web_handle(web, &request, &response)) return fail();
	} else if (seshat_web_snippet(web, NULL, 0, &response)) return fail();

	printf("Status: %u\r\n", (unsigned)seshat_response_status(response));
	for (size_t i = 0; i < seshat_response_header_count(response); i++) {
		seshat_header header;
		if (seshat_response_header(response, i, &header)) return fail();
		printf("%s: %s\r\n", header.name, header.value);
	}
	printf("\r\n");
	if (strncmp(below, "/chat/", 6))
		printf("<!doctype html>\n<title>Tents</title>\n<h1>Tents</h1>\n<script src=\"/jquery.min.js\" defer></script>\n");
	const char *bytes = seshat_response_body(response, &length);
	fwrite(bytes, 1, length, stdout);
	if (seshat_response_fault(response)) fprintf(stderr, "%s\n", seshat_response_fault(response));
	seshat_response_free(response), seshat_web_close(web), seshat_store_close(store);
	return 0;
}
