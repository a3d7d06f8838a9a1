// Logs Joe in to the demo's own server and opens his conversation with the bot.
const account = await (await fetch("/account.json")).json();

converse.initialize({
  authentication: "login",
  auto_login: true,
  auto_reconnect: true,
  jid: account.address,
  password: account.password,
  websocket_url: account.websocket,
  discover_connection_methods: false,
  assets_path: "/converse/",
  i18n: "en",
  view_mode: "fullscreen",
  // A fresh start in every tab: the server this account lives on is gone with the demo.
  persistent_store: "sessionStorage",
  auto_join_private_chats: [account.bot],
  auto_subscribe: true,
  synchronize_availability: false,
  show_self_in_roster: false,
  // A conversation and nothing else; above all nothing that asks other hosts.
  allow_registration: false,
  blacklisted_plugins: ["converse-omemo", "converse-omemo-views", "converse-register", "converse-push"],
  visible_toolbar_buttons: { call: false, clear: false, emoji: true, location: false, spoiler: false },
  render_media: false,
  play_sounds: false,
  show_desktop_notifications: false,
  show_client_info: false,
  loglevel: "warn",
});
