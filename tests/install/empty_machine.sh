#!/usr/bin/env bash
# A new user on an empty machine: what README and `bmtui help operations` say, done for real, from the wheel of this source.
#
#     sudo tests/install/empty_machine.sh [FOLDER]
#
# It makes a Debian in FOLDER (default: /var/tmp/bmtui-empty-machine), boots it as a container with its own systemd and
# sshd, installs bmtui there, and goes through the guides: demo, pipx, uv, a company with a wrong and then a right token,
# the worker as a service with its token as a credential, its watchdog, operators over SSH, backup, restore, manual page,
# completion. It prints a line a step, and ends with 1 at the first that did not do what the guides say. It takes some
# five minutes, and needs root, `debootstrap`, `systemd-container`, `ssh`, and the archives of Debian and PyPI.
# Nothing outside of FOLDER is changed; the container shares the network, and its sshd listens on port 2222.
set -euo pipefail
root=${1:-/var/tmp/bmtui-empty-machine}
source=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "Run it as root."; exit 2; }
[ ! -e "$root" ] || { echo "$root is there already: remove it, or name another folder."; exit 2; }

container=
cleanup() {
  # Its init takes all else in it along; nspawn alone would leave it behind.
  [ -z "$container" ] || { kill -s KILL "$(init)" 2>/dev/null || true; wait "$container" 2>/dev/null || true; }
  rm -rf "$root" "$root.log"
}
trap cleanup EXIT
trap 'echo "FAILED at line $LINENO"' ERR
step() { printf '%-70s' "$1"; }
ok() { echo ok; }
failed() { echo "FAILED: $*"; exit 1; }
# Its output must hold a text, and it must end with a code: expect CODE TEXT command …
expect() {
  local code=0 out want=$1 text=$2
  shift 2
  out=$("$@" 2>&1) || code=$?
  [ "$code" = "$want" ] && grep -qF -- "$text" <<<"$out" || failed "$* ended with $code (want $want, '$text'): $out"
}
init() { pgrep -P "$container" -f systemd | head -1; }
there() {
  nsenter -t "$(init)" -m -u -i -p -- /usr/bin/env -i HOME=/root TERM=xterm-256color SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
anna() { there runuser -u anna -- env HOME=/home/anna SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$@"; }
desk() { there sudo -u bmtui /opt/bmtui/bin/bmtui --home /var/lib/bmtui "$@"; }
until_true() { for _ in $(seq 120); do "$@" >/dev/null 2>&1 && return; sleep 1; done; failed "$* did not become true"; }

step "A Debian with nothing on it"
packages=python3,python3-venv,ca-certificates,openssh-server,sudo,systemd-sysv,dbus,man-db,bash-completion
debootstrap --variant=minbase --include=$packages bookworm "$root" >"$root.log" 2>&1 || failed "see $root.log"
rm "$root.log"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
sed -i 's/^#Port 22$/Port 2222/' "$root/etc/ssh/sshd_config"
echo "127.0.0.1 $(uname -n)" >>"$root/etc/hosts"
systemd-nspawn --quiet -D "$root" --machine="bmtui-$$" --keep-unit --register=no -b --console=read-only </dev/null >/dev/null 2>&1 &
container=$!
until_true there systemctl is-active multi-user.target
there useradd --create-home --shell /bin/bash anna
ok

step "README: venv, pip install, demo"
cp -r "$source/bmtui" "$source/pyproject.toml" "$source/README.md" "$root/home/anna/"
there chown -R anna: /home/anna
anna sh -c 'cd && python3 -m venv .venv && .venv/bin/pip install --quiet .'
expect 0 "The whole demo is done." anna /home/anna/.venv/bin/bmtui demo --headless
anna sh -c 'cd && .venv/bin/pip wheel --quiet --no-deps --wheel-dir /home/anna/wheel .'
wheel=$(cd "$root" && echo home/anna/wheel/bmtui-*.whl)
ok

step "pipx, uv"
anna sh -c 'python3 -m venv ~/tools && ~/tools/bin/pip install --quiet pipx uv'
for tool in "pipx install" "uv tool install"; do
  anna env UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 sh -c "~/tools/bin/$tool /$wheel >/dev/null 2>&1" || failed "$tool"
  expect 0 "The whole demo is done." anna /home/anna/.local/bin/bmtui demo --headless
  anna sh -c "~/tools/bin/${tool%install}uninstall bmtui >/dev/null 2>&1"
done
ok

step "A service with its account"
there python3 -m venv /opt/bmtui
there /opt/bmtui/bin/pip install --quiet "/$wheel"
there useradd --system --home-dir /var/lib/bmtui --create-home --shell /usr/sbin/nologin bmtui
desk deploy systemd >"$root/etc/systemd/system/bmtui-worker.service"
there systemctl daemon-reload
there systemctl enable --quiet --now bmtui-worker
until_true there systemctl is-active bmtui-worker
there systemd-analyze security --threshold=25 bmtui-worker >/dev/null || failed "systemd finds the unit open"
ok

step "A company with a wrong token, then with the right one"
there systemd-run --quiet --unit=practice --property=StandardOutput=file:/run/practice /opt/bmtui/bin/bmtui sandbox --port 8799

until_true there grep -q http /run/practice
token() { there install -D -m 0400 /dev/stdin /etc/bmtui/shop.token; there systemctl restart bmtui-worker; }
there mkdir -p /etc/systemd/system/bmtui-worker.service.d
printf '[Service]\nLoadCredential=shop.token:/etc/bmtui/shop.token\n' >"$root/etc/systemd/system/bmtui-worker.service.d/token.conf"
there systemctl daemon-reload
echo wrong | token
desk company add Shop --platform eu --url http://127.0.0.1:8799 --token-credential shop.token --contact a@b.example >/dev/null
expect 5 "refused the token" desk orders download --since 30d --wait
there cut -d' ' -f2 /run/practice | token
expect 0 "orders fetched" desk orders download --since 30d --wait
order=$(desk orders search channel:shipped payment:charged --limit 1 --csv 2>/dev/null | sed -n 2p | cut -d, -f1)
expect 0 "" desk orders refund "$order" --yes --wait
expect 0 "refunded" desk orders show "$order"
ok

step "A worker that stands still is started anew"
there systemctl kill -s STOP bmtui-worker
expect 1 "is stopped and holds its jobs" desk doctor
until_true there sh -c '[ "$(systemctl show -P NRestarts bmtui-worker)" -ge 1 ]'
until_true there systemctl is-active bmtui-worker
ok

step "Operators over SSH get the desk and nothing else"
there groupadd bmtui-operators
there usermod --append --groups bmtui-operators anna
desk deploy ssh >"$root/etc/ssh/sshd_config.d/50-bmtui.conf"
desk deploy sudoers >"$root/etc/sudoers.d/bmtui"
there sh -c 'chmod 440 /etc/sudoers.d/bmtui && visudo -cq && sshd -t && systemctl restart ssh'
anna sh -c 'mkdir -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id && cp ~/.ssh/id.pub ~/.ssh/authorized_keys'
key=$root/home/anna/.ssh/id
options=(-p 2222 -i "$key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes)
expect 2 "The desk needs a terminal" ssh "${options[@]}" anna@127.0.0.1 cat /etc/passwd
python3 - "${options[@]}" anna@127.0.0.1 <<'PYTHON' || failed "no desk came over SSH"
import fcntl, os, pty, select, struct, sys, termios, time

pid, line = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp("ssh", ["ssh", "-tt", *sys.argv[1:]])
seen, asked, give_up = b"", False, time.monotonic() + 60
while time.monotonic() < give_up:
    if select.select([line], [], [], 0.5)[0]:
        try:
            seen += os.read(line, 65536)
        except OSError:
            break
    elif b"SANDBOX" in seen and not asked:
        asked = bool(os.write(line, b"q"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if asked else 1)
PYTHON
expect 255 "" ssh "${options[@]}" -o ExitOnForwardFailure=yes -W 127.0.0.1:8799 anna@127.0.0.1
ok

step "Backup by its timer's service, and restore"
desk deploy backup >"$root/etc/systemd/system/bmtui-backup.timer"
desk deploy backup-service >"$root/etc/systemd/system/bmtui-backup.service"
there systemctl daemon-reload
there systemctl start bmtui-backup
copy=$(there sh -c 'ls /var/lib/bmtui/backups/*.sqlite')
expect 3 "Somebody has the store open" desk restore "$copy" --yes
there systemctl stop bmtui-worker
expect 0 "Restored. All sending is paused" desk restore "$copy" --yes
there systemctl start bmtui-worker
expect 1 "BAD  sending" desk doctor
ok

step "Manual page and completion"
there mkdir -p /usr/local/share/bash-completion/completions /usr/local/share/man/man1
desk deploy man >"$root/usr/local/share/man/man1/bmtui.1"
desk deploy completion bash >"$root/usr/local/share/bash-completion/completions/bmtui"
expect 0 "the order desk for Back Market sellers" there man -P cat bmtui
expect 0 "_shtab_bmtui" there bash -c '. /usr/share/bash-completion/bash_completion && _completion_loader bmtui; complete -p bmtui'
ok
