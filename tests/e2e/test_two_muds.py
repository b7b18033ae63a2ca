# SPDX-License-Identifier: MIT
"""The main job: MUDs tell and chat with each other.  Two identities of one daemon, and foreign MUDs
that speak Intermud-3 to its embedded router."""
import clients
import pytest
from clients import Mud, RpcError

BOB = {"name": "Bob", "title": "the Builder", "idle": 7, "level": 12, "race": "elf",
       "guild": "smiths", "location": "the forge", "login_time": "2026-01-02T03:04:05Z"}


@pytest.fixture
def pair(house, connect):
    """(alpha, beta): Alpha over the transport under test, Beta over TCP."""
    return connect("alpha-key"), house.lines("beta-key")


def test_a_tell_arrives_with_every_member(pair):
    alpha, beta = pair
    alpha.call("tell", target_mud="BetaMUD", target_user="Bob", message="hello", from_user="Ann")
    event = beta.event("tell_received")
    assert event["from_mud"] == "AlphaMUD"
    assert event["from_user"].lower() == "ann"
    assert event["visname"] == "Ann"
    assert event["to_mud"] == "BetaMUD"
    assert event["to_user"] == "bob"
    assert event["message"] == "hello"
    assert event["timestamp"].endswith("Z")


def test_a_tell_without_from_user_comes_from_someone(pair):
    alpha, beta = pair
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="hello")
    assert beta.event("tell_received")["visname"] == "Someone"


def test_a_tell_reaches_only_the_mud_it_is_for(house, pair):
    alpha, beta = pair
    other = house.lines("alpha-key")
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="private")
    beta.event("tell_received")
    assert not other.events_so_far("tell_received")
    assert not alpha.events_so_far("tell_received")


def test_all_sessions_of_a_mud_hear_its_tells(house, pair):
    alpha, beta = pair
    second = house.ws("beta-key")
    alpha.call("tell", target_mud="BetaMUD", target_user="bob", message="both")
    assert beta.event("tell_received")["message"] == second.event("tell_received")["message"] == "both"


@pytest.mark.parametrize("member", ["emote", "message"])
def test_emoteto_takes_both_names_of_its_text_and_gives_both_back(pair, member):
    alpha, beta = pair
    alpha.call("emoteto", target_mud="BetaMUD", target_user="bob", from_user="Ann",
               **{member: "waves to you"})
    event = beta.event("emoteto_received")
    assert "waves to you" in event["message"]
    assert event["emote"] == event["message"]
    assert event["visname"] == "Ann"


def test_emote_wins_over_message(pair):
    alpha, beta = pair
    alpha.call("emoteto", target_mud="BetaMUD", target_user="bob", emote="right", message="wrong")
    assert "right" in beta.event("emoteto_received")["message"]


def test_a_channel_line_arrives_with_old_and_new_names_of_members(pair):
    alpha, beta = pair
    beta.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="hello all", from_user="ann", visname="Ann")
    event = beta.event("channel_message")
    assert event["channel"] == "chat"
    assert event["from_mud"] == event["mud"] == "AlphaMUD"
    assert event["from_user"] == event["user"] == "ann"
    assert event["visname"] == "Ann"
    assert event["message"] == "hello all"
    assert event["type"] == "message"


@pytest.mark.parametrize("member", ["emote", "message"])
def test_a_channel_emote_keeps_its_text(pair, member):
    alpha, beta = pair
    beta.call("channel_join", channel="chat")
    alpha.call("channel_emote", channel="chat", from_user="Ann", **{member: "dances"})
    event = beta.event("channel_emote")
    assert "dances" in event["message"]
    assert event["emote"] == event["message"]
    assert event["type"] == "emote"


def test_a_channel_line_is_heard_only_where_the_channel_was_joined(house, pair):
    alpha, beta = pair
    other = house.lines("beta-key")
    beta.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="hello")
    beta.event("channel_message")
    assert not other.events_so_far("channel_message")


def test_the_speakers_own_session_hears_its_line_once(pair):
    alpha, _ = pair
    alpha.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="echo")
    alpha.event("channel_message", message="echo")
    alpha.call("channel_send", channel="chat", message="end")
    alpha.event("channel_message", message="end")
    assert not alpha.events_so_far("channel_message")


def test_after_leaving_nothing_is_heard_and_others_still_hear(house, pair):
    alpha, beta = pair
    other = house.lines("beta-key")
    for client in (beta, other):
        client.call("channel_join", channel="chat")
    beta.call("channel_leave", channel="chat")
    alpha.call("channel_send", channel="chat", message="still here?")
    assert other.event("channel_message")["message"] == "still here?"
    assert not beta.events_so_far("channel_message")


def test_a_session_without_the_channel_permission_hears_no_channels(house, pair):
    alpha, _ = pair
    info = house.lines("info-key")
    alpha.call("channel_join", channel="chat")
    alpha.call("channel_send", channel="chat", message="x")
    alpha.event("channel_message")
    assert not info.events_so_far("channel_message")


def test_who_is_answered_from_presence_at_once_as_an_event(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB, {"name": "Eve"}])
    result = alpha.call("who", target_mud="BetaMUD", from_user="Ann")
    assert result["status"] == "requested"
    assert result["mud_name"] == "BetaMUD"
    event = alpha.event("who_reply")
    assert event["from_mud"] == "BetaMUD"
    assert event["to_mud"] == "AlphaMUD"
    users = {u["name"]: u for u in event["users"]}
    assert set(users) == {"Bob", "Eve"}
    assert users["Bob"]["idle"] >= 7
    assert users["Bob"]["level"] == 12
    assert "Builder" in users["Bob"]["extra"]


def test_who_with_wait_holds_the_answer_and_says_users_and_count(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    result = alpha.call("who", target_mud="BetaMUD", wait=10)
    assert [u["name"] for u in result["users"]] == ["Bob"]
    assert result["count"] == 1


def test_who_of_an_empty_mud_is_an_empty_list(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[])
    assert alpha.call("who", target_mud="BetaMUD", wait=10)["users"] == []


@pytest.mark.parametrize("key", ["filter", "filters"])
@pytest.mark.parametrize("wanted, names", [
    ({"min_level": 5}, {"Bob"}), ({"level_max": 5}, {"Eve"}), ({"max_level": 99}, {"Bob", "Eve"})])
def test_who_filters_by_level_in_both_spellings(pair, key, wanted, names):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB, {"name": "Eve", "level": 2}])
    result = alpha.call("who", target_mud="BetaMUD", wait=10, **{key: wanted})
    assert {u["name"] for u in result["users"]} == names


@pytest.mark.parametrize("user_key", ["target_user", "username"])
def test_finger_answers_with_user_info(pair, user_key):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    result = alpha.call("finger", target_mud="BetaMUD", wait=10, **{user_key: "bob"})
    info = result["user_info"]
    assert {"name", "title", "real_name", "email", "login_time", "idle_time", "ip_address",
            "level", "extra"} <= set(info)
    assert info["name"] == "Bob"
    assert info["title"] == "the Builder"
    assert str(info["level"]) == "12"
    assert "elf" in info["extra"] and "smiths" in info["extra"]


def test_finger_is_also_an_event(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    result = alpha.call("finger", target_mud="BetaMUD", target_user="Bob")
    assert result["status"] == "requested"
    assert (result["mud_name"], result["user_name"].lower()) == ("BetaMUD", "bob")
    event = alpha.event("finger_reply")
    assert event["from_mud"] == "BetaMUD"
    assert event["user_info"]["name"] == "Bob"


def test_finger_of_nobody_is_an_error_event(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    alpha.call("finger", target_mud="BetaMUD", target_user="nobody")
    event = alpha.event("error_occurred")
    assert event["error_code"] == "unk-user"
    assert event["message"] == event["error_message"]
    assert event["from_mud"] == "BetaMUD"


def test_locate_finds_who_is_there_and_says_where(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    result = alpha.call("locate", target_user="Bob", wait=10)
    assert result["found"] is True
    assert result["count"] == len(result["locations"]) == 1
    place = result["locations"][0]
    assert {"name", "mud", "user", "idle", "status"} <= set(place)
    assert (place["mud"], place["user"].lower()) == ("BetaMUD", "bob")


def test_locate_is_also_an_event(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    assert alpha.call("locate", target_user="bob")["status"] == "requested"
    event = alpha.event("locate_reply")
    assert event["located_mud"] == "BetaMUD"
    assert event["located_user"].lower() == "bob"
    assert {"from_mud", "to_mud", "to_user", "idle", "status"} <= set(event)


def test_locate_of_nobody_finds_nothing_and_is_no_error(pair):
    alpha, _ = pair
    result = alpha.call("locate", target_user="nobody", wait=1)
    assert (result["found"], result["locations"]) == (False, [])
    assert not alpha.events_so_far("error_occurred")


def test_channel_who_gives_members_and_users(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    beta.call("channel_join", channel="chat")
    result = alpha.call("channel_who", channel="chat", wait=5)
    assert result["status"] == "success"
    assert result["channel"] == "chat"
    assert isinstance(result["members"], list)
    assert isinstance(result["users"], list)
    for member in result["members"]:
        assert {"mud", "users"} <= set(member)


def test_a_tell_to_an_unknown_mud_is_an_error_event(pair):
    alpha, _ = pair
    alpha.call("tell", target_mud="NoSuchMUD", target_user="bob", message="x", from_user="Ann")
    event = alpha.event("error_occurred")
    assert event["error_code"] == "unk-dst"
    assert event["context"] == "i3_packet_error"


def test_a_tell_to_somebody_who_is_not_there_is_an_error_event(pair):
    alpha, beta = pair
    beta.call("presence_sync", users=[BOB])
    alpha.call("tell", target_mud="BetaMUD", target_user="nobody", message="x")
    assert alpha.event("error_occurred")["error_code"] == "unk-user"
    assert not beta.events_so_far("tell_received")


# --- foreign MUDs at the embedded router ---

@pytest.fixture
def mud(house):
    foreign = Mud(house.mudmode, "OtherMUD", "*test")
    yield foreign
    foreign.close()


def test_a_foreign_mud_logs_in_and_is_told_who_is_there(mud):
    assert mud.reply[6][0][0] == "*test"
    assert 0 < mud.password < 1_000_000_000
    assert mud.presence("AlphaMUD")[2] == 4000
    assert mud.presence("BetaMUD")[2] == 4001


def test_a_foreign_mud_keeps_its_password(house, mud):
    mud.close()
    assert Mud(house.mudmode, "OtherMUD", "*test", mud.password).password == mud.password


def test_tells_cross_to_a_foreign_mud_and_back(house, mud):
    alpha = house.lines("alpha-key")
    alpha.call("tell", target_mud="OtherMUD", target_user="Zed", message="grün", from_user="Ann")
    packet = mud.packet("tell")
    assert packet[2] == "AlphaMUD" and packet[3].lower() == "ann"
    assert packet[4:] == ["OtherMUD", "zed", "Ann", "grün"]
    mud.to("tell", "AlphaMUD", "ann", "Zed", "back", me="zed")
    event = alpha.event("tell_received")
    assert (event["from_mud"], event["from_user"], event["message"]) == ("OtherMUD", "zed", "back")


def test_channel_lines_cross_in_both_directions_and_the_router_echoes(house, mud):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    mud.listen("chat")
    mud.send("channel-m", 5, "OtherMUD", "zed", 0, 0, "chat", "Zed", "from afar")
    assert alpha.event("channel_message")["message"] == "from afar"
    assert mud.packet("channel-m")[6:] == ["chat", "Zed", "from afar"]
    alpha.call("channel_send", channel="chat", message="answer", from_user="Ann")
    assert mud.packet("channel-m")[6:] == ["chat", "Ann", "answer"]


def test_a_foreign_emote_has_its_name_put_in(house, mud):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    mud.send("channel-e", 5, "OtherMUD", "zed", 0, 0, "chat", "Zed", "$N waves")
    assert "waves" in alpha.event("channel_emote")["message"]


def test_a_targeted_emote_is_heard(house, mud):
    alpha = house.lines("alpha-key")
    alpha.call("channel_join", channel="chat")
    mud.send("channel-t", 5, "OtherMUD", "zed", 0, 0, "chat", "BetaMUD", "bob", "$N hugs $O",
             "$N hugs you", "Zed", "Bob")
    event = alpha.event("channel_emote")
    assert "hugs" in event["message"] and event["channel"] == "chat"


def test_a_foreign_who_is_answered_from_presence(house, mud):
    house.lines("beta-key").call("presence_sync", users=[BOB])
    mud.to("who-req", "BetaMUD", 0, me="zed")
    reply = mud.packet("who-reply")
    assert reply[2:6] == ["BetaMUD", 0, "OtherMUD", "zed"]
    (name, idle, extra), = reply[6]
    assert name == "Bob" and idle >= 7 and "Builder" in extra


def test_a_foreign_who_without_presence_is_an_empty_list(mud):
    mud.to("who-req", "BetaMUD", 0, me="zed")
    assert mud.packet("who-reply")[6] == []


def test_a_foreign_finger_is_answered(house, mud):
    house.lines("beta-key").call("presence_sync", users=[BOB])
    mud.to("finger-req", "BetaMUD", 0, "bob", me="zed")
    reply = mud.packet("finger-reply")
    assert len(reply) == 15
    assert reply[6:8] == ["Bob", "the Builder"]


def test_a_foreign_locate_is_answered_only_by_who_has_the_user(house, mud):
    house.lines("beta-key").call("presence_sync", users=[BOB])
    mud.send("locate-req", 5, "OtherMUD", "zed", 0, 0, "bob")
    reply = mud.packet("locate-reply")
    assert len(reply) == 10
    assert reply[6] == "BetaMUD" and reply[7].lower() == "bob"


def test_mud_online_and_offline_are_events(house):
    alpha = house.lines("alpha-key")
    # A list that comes right after the login is what there is, and no news yet.
    for number in range(10):
        late = Mud(house.mudmode, f"Late{number}", "*test")
        try:
            assert alpha.event("mud_online", wait=1, mud_name=late.name)["status"] == "up"
            break
        except TimeoutError:
            late.close()
    late.send("shutdown", 5, late.name, 0, "*test", 0, 400)
    assert alpha.event("mud_offline", wait=20, mud_name=late.name)["status"] != "up"
    late.close()


def test_a_packet_to_itself_is_looped_back(mud):
    mud.to("auth-mud-req", "OtherMUD", 0)
    assert mud.packet("auth-mud-req")[4] == "OtherMUD"


def test_a_forged_originator_is_refused(house, mud):
    alpha = house.lines("alpha-key")
    mud.send("tell", 5, "BetaMUD", "bob", "AlphaMUD", "ann", "Bob", "forged")
    assert mud.packet("error")[6] == "unk-src"
    assert not alpha.events_so_far("tell_received")


@pytest.mark.parametrize("packet, code", [
    (["tell", 5, "OtherMUD", "zed", "NoSuchMUD", "x", "Zed", "hi"], "unk-dst"),
    (["channel-listen", 5, "OtherMUD", 0, "*test", 0, "no_such_channel", 1], "unk-channel"),
    (["channel-m", 5, "OtherMUD", "zed", 0, 0, "no_such_channel", "Zed", "hi"], "unk-channel"),
    (["who-req", 5, "OtherMUD", "zed", "*test", 0], "not-imp"),
    (["startup-reply", 5, "OtherMUD", 0, "AlphaMUD", 0, [["*x", "1.2.3.4 1"]], 1], "not-allowed"),
    (["mystery", 5, "OtherMUD", "zed", 0, 0, 1, 2, 3], "unk-type"),
], ids=lambda v: v[0] if isinstance(v, list) else v)
def test_the_router_answers_errors(mud, packet, code):
    mud.send(*packet)
    reply = mud.packet("error")
    assert reply[6] == code
    assert reply[4] == "OtherMUD"
    assert isinstance(reply[7], str) and reply[7]


def test_unknown_types_to_a_mud_are_answered_with_unk_type(mud):
    mud.to("mystery", "AlphaMUD", "ann", 1, 2, me="zed")
    assert mud.packet("error")[6] == "unk-type"


def test_a_wrong_password_from_a_name_that_is_online_is_refused(house, mud):
    peer = clients.MudMode(clients.Peer(house.mudmode))
    peer.send("startup-req-3", 5, "AlphaMUD", 0, "*test", 0, 1, 0, 0, 4000, 0, 0, "x", "x", "x",
              "LP", "open", "a@b", {"tell": 1}, 0)
    assert peer.packet("error")[6] in ("bad-proto", "not-allowed")
    assert peer.peer.closed()


def test_a_second_login_of_a_mud_replaces_the_first(house, mud):
    again = Mud(house.mudmode, "OtherMUD", "*test", mud.password)
    assert mud.peer.closed()
    again.to("auth-mud-req", "OtherMUD", 0)
    assert again.packet("auth-mud-req")


def test_flooding_is_dropped_and_costs_only_the_flooder(house, mud):
    alpha = house.lines("alpha-key")
    for number in range(300):
        mud.to("tell", "AlphaMUD", "ann", "Zed", str(number), me="zed")
    quiet = Mud(house.mudmode, "QuietMUD", "*test")
    quiet.to("tell", "AlphaMUD", "ann", "Q", "end", me="q")
    alpha.event("tell_received", message="end")
    assert len(alpha.events_so_far("tell_received")) < 150


def test_a_new_channel_is_announced_to_everybody(house, mud):
    alpha = house.lines("alpha-key")
    mud.send("channel-add", 5, "OtherMUD", 0, "*test", 0, "new_channel", 0)
    mud.packet("chanlist-reply", where=lambda p: "new_channel" in p[7])
    channels = {c["name"]: c for c in alpha.call("channel_list")["channels"]}
    assert channels["new_channel"]["owner"] == "OtherMUD"


def test_an_unregistered_channel_send_is_an_error_event(house):
    alpha = house.lines("alpha-key")
    try:
        alpha.call("channel_send", channel="no_such_channel", message="x")
    except RpcError as error:
        assert error.code < 0
    else:
        assert alpha.event("error_occurred")["error_code"] == "unk-channel"
