// SPDX-License-Identifier: MIT
// Config: every setting of the daemon as plain, checked values.  ops/config.c makes one from the
// configuration file; nobody changes it afterwards.  Which key fills which member, with bounds and
// default, stands in options.tbl.
//
// Texts are terminated and never NULL; "" is "none".  Numbers are inside the bounds of their row.
#pragma once
#include "base/log.h"

enum { CONFIG_DIGEST_BYTES = 32 };

// A secret that is only ever compared: kept as its SHA-256, so that neither a log line nor a
// dump can show it.  Compare by hashing what was presented, in constant time.
struct config_digest {
	unsigned char sha256[CONFIG_DIGEST_BYTES];
	bool given; // false: no presented secret may match
};

// The router's number for us: a struct, so that it cannot reach a format by accident.
struct config_password {
	int number; // 0: none yet
};

struct config_texts {
	const char **at;
	size_t n;
};

struct config_count {
	const char *name;
	int n;
};

struct config_counts {
	struct config_count *at;
	size_t n;
};

// One listening socket.
enum config_listen_kind {
	LISTEN_HTTP,    // HTTP and WebSocket
	LISTEN_JSONL,   // JSON-RPC, one object per line
	LISTEN_MUDMODE, // the embedded router
	LISTEN_METRICS, // the metrics page alone
	LISTEN_OOB,     // mail, files and news of other MUDs
	LISTEN_SYNC,    // the bridge alone
	LISTEN_TELNET,  // players
};

// What a proxy says first on a connection, of ?proxy=.
enum config_proxy { PROXY_NONE, PROXY_V1, PROXY_V2, PROXY_ANY };

struct config_listen {
	enum config_listen_kind kind;
	bool tls;
	const char *host; // a name or an address without brackets; "" for a unix socket
	int port;         // 0: the system chooses
	const char *path; // of a unix socket; "" for TCP
	int max;          // connections at a time
	// LISTEN_TELNET only:
	enum config_proxy proxy;
	const char *game; // of ?game=; "": players.default_game
};

struct config_listens {
	struct config_listen *at;
	size_t n;
};

// A MUD that this daemon speaks for; each has its own login at the router.
struct config_identity {
	const char *name;
	int port; // where players connect, told to other MUDs
	const char *admin_email;
	const char *mudlib, *base_mudlib, *driver, *mud_type, *open_status;
	struct {
		bool tell, emoteto, beep, channel, who, finger, locate, ucache;
		bool mail, file, news; // with oob.enabled only
	} services;                    // answered and advertised
};

struct config_identities {
	struct config_identity *at;
	size_t n;
};

#define CONFIG_HOST_EMBEDDED "embedded"

struct config_router_address {
	const char *name;
	const char *host; // CONFIG_HOST_EMBEDDED: the embedded router, in process
	int port;
	struct config_password password;
};

struct config_router_addresses {
	struct config_router_address *at;
	size_t n;
};

// Another router that ours is linked to.
struct config_router_peer {
	const char *name;
	const char *host;
	int port;
	struct config_password password;       // ours, at that router
	struct config_password their_password; // its own, here
	bool trusted;                          // is told the passwords of MUDs
};

struct config_router_peers {
	struct config_router_peer *at;
	size_t n;
};

struct config_router {
	struct config_router_address primary;
	struct config_router_addresses fallback; // each with a host
	bool follow_list;                        // of routers, in startup-reply
	struct {
		int timeout_s, keepalive_interval_s, reconnect_delay_s;
		int max_reconnect_attempts; // 0: for ever
		int return_interval_s;      // 0: never
	} connection;
	struct {
		bool enabled;
		const char *name;
		const char *listen; // its socket's URI, also in config.listens; "": none
		struct {
			int per_second, burst; // packets, per link
		} flood;
		struct config_router_peers peers;
	} embedded;
};

struct config_key {
	struct config_digest key;
	const char *mud_name; // names an identity
	struct config_texts permissions;
	int rate_limit_override; // calls per minute; 0: the default rates
};

struct config_keys {
	struct config_key *at;
	size_t n;
};

struct config_api {
	bool enabled;
	const char *host;
	int port;
	struct {
		bool enabled, compression;
		int ping_interval_s; // 0: no pings
		int ping_timeout_s, max_connections, max_frame_bytes;
	} websocket;
	struct {
		bool enabled;
		const char *host;
		int port, max_connections;
	} tcp;
	struct {
		bool enabled, require_tls;
		struct config_keys api_keys;
	} auth;
	struct {
		int per_minute, burst;
		struct config_counts by_method; // calls per minute
		bool enforce_by_method;
	} rate_limits;
	struct {
		int timeout_s; // 0: a session ends with its connection
		int max_queue_size, queue_ttl_s, cleanup_interval_s;
	} session;
};

struct config_channel {
	const char *name;
	int type; // of the I3 chanlist: 0 selectively banned, 1 selectively admitted, 2 filtered
};

struct config_channels {
	struct config_channel *at;
	size_t n;
};

// A channel of the bridge and one of the network that are one conversation.
struct config_link {
	const char *channel_id, *i3_channel;
	const char *mud; // names an identity
	// Checked by bridge/template.h: texts and names, each way.
	const char *template_in, *emote_in, *name_in, *template_out, *name_out;
	bool mentions;
};

struct config_links {
	struct config_link *at;
	size_t n;
};

enum config_link_kind { LINK_AMP, LINK_RPC, LINK_TELNET }; // as tables/links.tbl
enum config_input { INPUT_REFUSE, INPUT_QUEUE };
enum config_again { AGAIN_NONE, AGAIN_CONNECT, AGAIN_SCRIPT, AGAIN_CHAR_LOGIN };
enum config_real { REAL_NONE, REAL_LOOPBACK, REAL_PROXY_V1, REAL_PROXY_V2 };
enum config_many { MANY_SHARE, MANY_REPLACE, MANY_REFUSE };

// One step of logging in to a game again: when that was read, this is typed.
struct config_step {
	const char *expect, *send;
};

struct config_steps {
	struct config_step *at;
	size_t n;
};

struct config_pair {
	const char *name, *value;
};

struct config_pairs {
	struct config_pair *at;
	size_t n;
};

// A game behind the gate.
struct config_game {
	const char *name;
	enum config_link_kind link;
	const char *address;  // "host:port" or "unix:PATH", checked; "" for LINK_RPC
	bool accounts;        // players log in at the gate
	int markup;           // enum dialect
	const char *greeting; // shown at the beginning, by the gate; ""
	struct {
		const char *down, *up, *refused, *waiting, *dropped;
	} notices;
	struct {
		int queue; // lines; 0: refused
	} input_while_down;
	int join_rate;            // players a second, after the game was away
	enum config_many several; // sessions on one character
	struct {
		const char *secret; // of HelloCmd, never to be logged; "": none
	} amp;
	struct {
		const char *charset; // the game's; checked
		enum config_real address;
		enum config_again again;
		const char *connect; // AGAIN_CONNECT: the line, with {name} and {password}
		struct config_steps script;
	} telnet;
	struct config_pairs mssp; // further words for crawlers
};

struct config_games {
	struct config_game *at;
	size_t n;
};

struct config {
	struct config_games games;
	struct {
		const char *default_game;                  // "": the only one, or a menu
		int max, per_address, connects_per_minute; // of one address
		int idle_timeout_s, login_timeout_s;       // 0: none
		int keepalive_s;                           // 0: none
		int lines_per_second, lines_burst;
		struct config_texts bans, trusted_proxies; // networks; checked
		bool compression;
		const char *prefix; // of the gate's own words; "": there are none
	} players;
	struct config_identities identities; // at least one; the first is `mud`
	struct config_listens listens; // all sockets: `listen` and those with keys of their own
	struct config_router router;
	struct {
		bool enabled;
		const char *listen; // its socket's URI, also in config.listens
		bool check_address;
		const char *files; // directory with one folder per identity; "": no files
		bool upload, news_post;
	} oob; // links between MUDs, without a router: mail, files, news
	struct config_api api;
	struct {
		bool enabled;
		const char *listen; // its socket's URI, also in config.listens; "": none
		struct config_digest api_key;
		int body_mb;   // of one message
		int queue_max; // messages, per channel and direction
		struct {
			int messages, days, bytes; // of what is durable
		} queue;
		int consumer_days;
		int handshake_timeout_s, ping_interval_s, read_timeout_s;
		struct config_links links;
	} bridge; // mods and bots at /sync
	struct {
		enum log_level level;
		enum log_format format;
		const char *file;
	} logging;
	struct {
		struct config_channels default_channels;
		int max_message_bytes, history_lines, history_stored;
		int history_days; // 0: for ever
	} channels;
	struct {
		struct config_texts words;
	} moderation;
	struct {
		const char *directory;
	} state;
	struct {
		const char *path;
	} store;
	struct {
		bool enabled;
		const char *host;
		int port; // of a socket of its own; -1: only on the http listeners
		const char *path;
	} metrics;
	struct {
		bool echo;
		struct config_texts origins; // "self": the host the page came from
	} web;
	struct {
		const char *certificate, *key; // paths of PEM files
	} tls;

	bool demonstration; // the file names no MUD

	// As the file spells them; `identities` and `listens` above are what they come to.
	struct config_identity mud;
	struct config_identities muds;
	struct config_texts listen;
};
