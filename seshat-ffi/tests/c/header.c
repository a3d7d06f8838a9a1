/* SPDX-License-Identifier: BSD-3-Clause */
/* Every struct begins with its INIT, in every C and C++ there is; nothing here may draw a warning. */
#include <seshat.h>
#include <string.h>

int main(void)
{
	seshat_open_options open_options = SESHAT_OPEN_OPTIONS_INIT;
	seshat_start_request start = SESHAT_START_REQUEST_INIT;
	seshat_chat_ref ref = SESHAT_CHAT_REF_INIT;
	seshat_chat_info info = SESHAT_CHAT_INFO_INIT;
	seshat_message message = SESHAT_MESSAGE_INIT;
	seshat_chat_card card = SESHAT_CHAT_CARD_INIT;
	seshat_leave_request leave = SESHAT_LEAVE_REQUEST_INIT;
	seshat_web_options web_options = SESHAT_WEB_OPTIONS_INIT;
	seshat_web_request request = SESHAT_WEB_REQUEST_INIT;
	size_t sum = open_options.struct_size + start.struct_size + ref.struct_size + info.struct_size +
		message.struct_size + card.struct_size + leave.struct_size + web_options.struct_size +
		request.struct_size;
	size_t wanted = sizeof open_options + sizeof start + sizeof ref + sizeof info + sizeof message +
		sizeof card + sizeof leave + sizeof web_options + sizeof request;

	if (sum != wanted)
		return 1;
	if (seshat_version_number() != SESHAT_VERSION_NUMBER || strcmp(seshat_version(), SESHAT_VERSION) != 0)
		return 2;
	if (strcmp(seshat_status_name(SESHAT_EBUSY), "SESHAT_EBUSY") != 0)
		return 3;
	return 0;
}
