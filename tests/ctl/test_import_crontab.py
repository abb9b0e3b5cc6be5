"""Crontab lines as people write them: what is proposed, what is left alone, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.importing import compose, crontab, proposals

STACKS = {
    "local/web": frozenset({"web-app-1", "web-db-1"}),
    "local/proxy": frozenset({"traefik"}),
}
KNOWN = compose.Known(variables={"HOME": "~"}, stacks=STACKS)


def read(text: str, *, known: compose.Known = KNOWN, **how) -> proposals.Found:
    return crontab.read(crontab.Source(name="crontab", text=text, **how), known)


def does(command: str, **how) -> list[tuple[str, str]]:
    """What one command does, or nothing."""
    found = read(f"0 22 * * * {command}", **how)
    assert len(found.leftovers) == (0 if found.proposals else 1)
    return [(each.action, each.selector) for each in found.proposals]


def reason(command: str, **how) -> str:
    found = read(f"0 22 * * * {command}", **how)
    assert found.proposals == ()
    (leftover,) = found.leftovers
    return leftover.reason


@pytest.mark.parametrize(
    ("command", "action", "stack"),
    [
        ("cd /srv/shop && docker compose stop", "stop", "shop"),
        ("cd /srv/shop; docker compose start", "start", "shop"),
        ("cd /srv/shop && /usr/bin/docker compose restart >/dev/null 2>&1", "restart", "shop"),
        ("cd /srv/shop/ && docker-compose stop >> /var/log/x.log 2>&1", "stop", "shop"),
        ("cd '/srv/My Shop' && docker compose stop", "stop", "myshop"),
        ('cd "/srv/Shop_2.0" && docker compose pause', "pause", "shop_20"),
        ("cd ~/apps/blog && docker compose restart", "restart", "blog"),
        ("cd $HOME/apps/blog && docker compose unpause", "unpause", "blog"),
        ("(cd /srv/shop && docker compose stop) > /dev/null", "stop", "shop"),
        ("cd /srv/shop && docker compose stop &> /dev/null", "stop", "shop"),
        ("cd /srv/shop && docker compose stop || true", "stop", "shop"),
        ("docker compose -f /srv/shop/docker-compose.yml stop", "stop", "shop"),
        ("docker compose -f /srv/shop/compose.yaml -f /srv/over/prod.yaml stop", "stop", "shop"),
        ("docker compose --file=/srv/shop/compose.yaml stop", "stop", "shop"),
        ("cd /srv && docker compose -f shop/compose.yaml stop", "stop", "shop"),
        ("docker-compose -f /opt/stack/docker-compose.yml restart", "restart", "stack"),
        ("docker compose --project-directory /srv/shop stop", "stop", "shop"),
        ("docker compose -p shop stop", "stop", "shop"),
        ("docker compose --project-name=shop stop", "stop", "shop"),
        ("docker compose -pshop stop", "stop", "shop"),
        ("docker compose --env-file /etc/shop.env -p shop stop", "stop", "shop"),
        ("docker compose --ansi never --progress plain -p shop stop", "stop", "shop"),
        ("COMPOSE_PROJECT_NAME=shop docker compose stop", "stop", "shop"),
        ("env COMPOSE_PROJECT_NAME=shop docker compose stop", "stop", "shop"),
        ("export COMPOSE_PROJECT_NAME=shop; docker compose stop", "stop", "shop"),
        ("COMPOSE_FILE=/srv/shop/compose.yaml docker compose stop", "stop", "shop"),
        ("DIR=/srv/shop; cd $DIR && docker compose stop", "stop", "shop"),
        ("sudo docker compose -p shop stop", "stop", "shop"),
        ("sudo -n -u deploy /usr/local/bin/docker-compose -p shop stop", "stop", "shop"),
        ("flock -n /tmp/shop.lock docker compose -p shop stop", "stop", "shop"),
        ("flock -n /tmp/shop.lock -c 'docker compose -p shop stop'", "stop", "shop"),
        ("flock -w 10 -x /tmp/l sh -c 'cd /srv/shop && docker compose stop'", "stop", "shop"),
        ("/bin/sh -c 'cd /srv/shop && docker compose stop'", "stop", "shop"),
        ('bash -lc "cd /srv/shop && docker compose stop"', "stop", "shop"),
        ("nice -n 10 ionice -c2 -n7 docker compose -p shop restart", "restart", "shop"),
        ("timeout 300 docker compose -p shop stop", "stop", "shop"),
        ("timeout -k 5 300 docker compose -p shop stop", "stop", "shop"),
        ("chronic docker compose -p shop stop", "stop", "shop"),
        ("docker compose -p shop stop 2>&1 | logger -t shop", "stop", "shop"),
        ("docker compose -p shop stop | tee -a /var/log/shop.log", "stop", "shop"),
        ("echo stopping && docker compose -p shop stop && echo done", "stop", "shop"),
        ("docker compose -p shop stop # every night", "stop", "shop"),
        ("docker compose -p shop stop & ", "stop", "shop"),
        ("docker restart traefik", "restart", "local/proxy"),
        ("docker container stop traefik", "stop", "local/proxy"),
        ("docker stop web-app-1 web-db-1 > /dev/null", "stop", "local/web"),
        ("/usr/bin/docker start web-db-1 web-app-1", "start", "local/web"),
    ],
)
def test_what_is_done_to_a_whole_stack_is_proposed(command, action, stack) -> None:
    """Whatever is wrapped around it; the stack is named as Compose names it."""
    assert does(command) == [(action, stack)]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("docker compose stop", "there is no -p, no -f and no cd"),
        ("docker compose -f docker-compose.yml stop", "no -p, no -f and no cd"),
        ("cd /srv/shop && docker compose stop worker", "it names services"),
        ("cd /srv/shop && docker compose --profile debug stop", "it is about a profile"),
        ("cd /srv/shop && docker compose down", "`down` removes containers"),
        ("cd /srv/shop && docker compose up -d", "`up` creates containers"),
        ("cd /srv/shop && docker compose pull", "`pull` is nothing that dockschedd does"),
        ("cd /srv/shop && docker compose exec -T app ./cron.sh", "`exec` is nothing"),
        ("cd /srv/shop && docker compose run --rm job", "`run` is nothing"),
        ("cd /srv/shop && docker compose kill", "`kill` is nothing"),
        ("cd /srv/shop && docker compose stop && docker compose start", "several things"),
        ("cd /srv/shop && docker compose stop && rsync -a /a /b && docker compose start", "rsync"),
        ("cd $(cat /etc/dir) && docker compose stop", "decided when it runs"),
        ("cd $UNSET && docker compose stop", "decided when it runs"),
        ("docker compose -p $(hostname) stop", "decided when it runs"),
        ("COMPOSE_PROJECT_NAME=`id -un` docker compose -f /srv/a/c.yml stop", "decided when"),
        ("docker stop $(docker ps -q)", "decided when it runs"),
        ("docker stop web-*", "decided when it runs"),
        ("docker stop web-app-1", "leaves out web-db-1 of the stack local/web"),
        ("docker stop nobody", "no container `nobody` in any stack"),
        ("docker kill traefik", "`docker kill` is nothing"),
        ("docker system prune -af", "`docker system` is nothing"),
        ("docker exec db pg_dump", "`docker exec` is nothing"),
        ("docker -H ssh://far compose -p shop stop", "another Docker Engine"),
        ("docker --context far compose -p shop stop", "another Docker Engine"),
        ("DOCKER_HOST=tcp://far:2375 docker-compose -p shop stop", "another Docker Engine"),
        ("/usr/local/bin/night.sh", "it runs `night.sh`"),
        ("/bin/bash /opt/night.sh", "it runs `/opt/night.sh`"),
        ("ssh far docker compose -p shop stop", "it runs `ssh`"),
        ('[ "$(date +\\%d)" -le 7 ] && docker compose -p shop stop', "it runs `[`"),
        ("test -f /srv/on && docker compose -p shop stop", "it runs `test`"),
        ("date | grep -q Sun && docker compose -p shop stop", "it runs `grep`"),
        ("true || docker compose -p shop stop", "only where something else fails"),
        ("for d in /srv/*; do cd $d && docker compose stop; done", "it is a script"),
        ("(cd /srv/a && date); docker compose -p shop stop", "a shell of its own"),
        ("cd /srv/shop && docker compose stop 'x", "a quote is not closed"),
        ("docker compose -p shop stop -t soon", "no number of seconds"),
        ("docker compose -p shop --dry-run stop", "a dry run"),
        ("echo docker compose stop", "nothing to a stack"),
    ],
)
def test_what_is_not_certain_is_left_alone_with_the_reason(command, said) -> None:
    """Nothing is guessed."""
    assert said in reason(command)


@pytest.mark.parametrize(
    ("command", "action", "said"),
    [
        ("cd /srv/shop && docker compose down", "stop", None),
        ("cd /srv/shop && docker compose down --remove-orphans -t 20", "stop", None),
        ("cd /srv/shop && docker compose up -d", "start", None),
        ("cd /srv/shop && docker compose up --detach --remove-orphans", "start", None),
        ("cd /srv/shop && docker compose up", "", "foreground"),
        ("cd /srv/shop && docker compose up -d --build", "", "changes more than what runs"),
        ("cd /srv/shop && docker compose down -v", "", "changes more than what runs"),
        ("cd /srv/shop && docker compose up -d app", "", "names services"),
    ],
)
def test_down_and_up_are_proposed_only_when_asked_for(command, action, said) -> None:
    """As stop and start, with a note; not where they do more than that."""
    known = compose.Known(as_stop_start=True)
    if said:
        assert said in reason(command, known=known)
    else:
        (proposal,) = read(f"0 1 * * * {command}", known=known).proposals
        assert (proposal.action, proposal.selector) == (action, "shop")
        assert "containers are kept" in proposal.notes[-1]


def test_a_timeout_is_kept() -> None:
    """As the stop timeout of the runs; a start has none."""
    (first, second) = read(
        "0 1 * * * docker compose -p a stop -t 30\n0 2 * * * docker compose -p a restart -t5\n"
    ).proposals
    assert first.options == {"stop_timeout_seconds": 30.0}
    assert second.options == {"stop_timeout_seconds": 5.0}


TABLE = """\
# m h dom mon dow command
MAILTO=ops@example.org
SHELL="/bin/bash"
BASE = /srv

# the shop sleeps at night
# (ask Finance first)
0 22 * * 1-5 cd $BASE/shop && docker compose stop
# not in use

@daily docker compose -p mail restart
CRON_TZ=America/New_York
-*/15 8-17 * * MON-FRI docker compose -p ping restart
TZ=UTC
5 4 1 jan,jul * docker compose -p ping stop % some input
"""


def test_a_whole_table_is_read_as_cron_reads_it() -> None:
    """Variables, comments, aliases and zones hold for the lines that they stand above."""
    found = read(TABLE)
    shop, mail, ping, late = found.proposals

    assert found.leftovers == ()
    assert (shop.when, shop.selector) == ({"cron": "0 22 * * 1-5"}, "shop")
    assert shop.notes == ("the shop sleeps at night", "(ask Finance first)",
                          "the stack is named after /srv/shop")  # fmt: skip
    assert (mail.when, mail.notes) == ({"cron": "0 0 * * *"}, ())
    assert ping.when == {"cron": "*/15 8-17 * * MON-FRI", "zone": "America/New_York"}
    # TZ is for the commands; when they run is for CRON_TZ to say.
    assert late.when == {"cron": "5 4 1 jan,jul *", "zone": "America/New_York"}
    assert shop.source == "crontab line 8"
    names = [each.fields["name"] for each in proposals.entries(found.proposals)]
    assert names == ["shop-stop", "mail-restart", "ping-restart", "ping-stop"]


def test_names_are_given_once() -> None:
    """Two lines that do the same to one stack get names of their own."""
    line = "0 1 * * * docker compose -p a stop\n"
    names = [each.fields["name"] for each in proposals.entries(read(line * 3).proposals)]
    assert names == ["a-stop", "a-stop-2", "a-stop-3"]


def test_a_column_for_the_user_is_known_or_told() -> None:
    """By the file's place, or by the flag; without either a hint says so."""
    line = "0 1 * * * root docker compose -p a stop\n"
    assert "give --system" in read(line).leftovers[0].reason
    assert read(line, has_user=True).proposals[0].selector == "a"
    for name in ("/etc/crontab", "/etc/cron.d/stacks"):
        assert crontab.read(crontab.Source(name=name, text=line), KNOWN).proposals
    own = crontab.Source(name="/etc/cron.d/x", text=line.replace("root ", ""), has_user=False)
    assert crontab.read(own, KNOWN).proposals


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("@reboot docker compose -p a start", "restart policy"),
        ("@every 5m docker compose -p a start", "names no time"),
        ("0 1 * * docker compose -p a stop", "no line of a crontab"),
        ("0 0~6 * * * docker compose -p a stop", "by chance"),
        ("nonsense", "no line of a crontab"),
    ],
)
def test_lines_without_a_time_are_left_alone(line, said) -> None:
    """Each with its reason."""
    found = read(line)
    assert found.proposals == ()
    assert said in found.leftovers[0].reason


TIMES = "0 1 * */5 1-5 @daily @reboot % \\ # CRON_TZ=UTC"
SIGNS = "&& || ; | & ( ) { } ' \" ` $( $X ${X} > 2>&1 < ! = A=b -- export if echo cd /srv/a"
NAMES = "docker docker-compose compose stop start restart up down -d -p a -f -t 5 sudo flock -n -c"
WORDS = st.sampled_from([*TIMES.split(), *SIGNS.split(), *NAMES.split(), "sh", "\n", "nice"])


@given(st.text() | st.lists(WORDS, max_size=14).map(" ".join))
def test_any_text_is_read(text: str) -> None:
    """Nothing is raised, and no line that is neither empty, comment nor variable is lost."""
    for as_stop_start in (False, True):
        for has_user in (False, True):
            known = compose.Known(stacks=STACKS, as_stop_start=as_stop_start)
            found = read(text, known=known, has_user=has_user)
            for each in proposals.entries(found.proposals):
                assert each.fields["selector"]
            assert all(each.reason for each in found.leftovers)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_any_command_is_read(command: str) -> None:
    """A line with a time is either proposed or left over."""
    line = f"0 1 * * * x{command}".replace("\n", " ")
    found = read(line)
    assert bool(found.proposals) != bool(found.leftovers)
