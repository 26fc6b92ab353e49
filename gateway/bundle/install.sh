#!/bin/sh
# Install, upgrade or roll back a Civicroot gateway. Needs no internet: everything is in the folder of this script.
#
#     sudo sh install.sh             install this release, or upgrade to it; configuration and data stay
#     sudo sh install.sh rollback    go back to the release before, if it can read the data as it is now
#
# CIVICROOT_ROOT: another root folder, for tests and images; then no user is made and no service is touched.
set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=${CIVICROOT_ROOT:-}
base=$root/opt/civicroot
settings=$root/etc/civicroot
config=$settings/gateway.toml
units=$root/etc/systemd/system
service=civicroot-gateway
python=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

on_this_system() { [ -z "$root" ]; }
runs() { on_this_system && systemctl is-active --quiet "$service"; }
civicroot() { "$base/$1/venv/bin/civicroot" gateway $2 --config "$config"; }

check_system() {
    on_this_system && [ "$(id -u)" -ne 0 ] && fail "only root can install: sudo sh install.sh"
    command -v "$python" >/dev/null || fail "there is no Python: sudo apt-get install python3"
    bits=$("$python" -c 'import struct; print(struct.calcsize("P") * 8)')
    [ "$bits" = 64 ] || fail "a 64-bit system is needed, and this one's programs are $bits-bit. Install the 64-bit Raspberry Pi OS."
    [ -f "$here/RELEASE" ] || fail "$here is not a complete bundle"
    machine=$("$python" -c 'import platform; print(platform.machine())')
    grep -qx "machine $machine" "$here/RELEASE" || fail "this bundle is not for $machine: $(grep '^machine' "$here/RELEASE")"
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    grep -qx "python $version" "$here/RELEASE" || fail "this bundle has nothing for Python $version: $(grep '^python' "$here/RELEASE" | tr '\n' ' ')"
    (cd "$here" && sha256sum --check --quiet --strict SHA256SUMS >/dev/null) || fail "the bundle is damaged; copy it again"
}

lock() {
    mkdir -p "$base"
    exec 9>"$base/.lock"
    flock -n 9 || fail "another install.sh runs"
}

# Name the release for what is in it, so that two builds of one version are two releases, and for its Python: after an
# upgrade of the system to another one the same bundle has to be installed again.
release_of_bundle() {
    printf '%s-%s-py%s' "$(sed -n 's/^version //p' "$here/RELEASE")" "$(sha256sum "$here/SHA256SUMS" | cut -c1-8)" "$version"
}

# A release is complete once it has the file `complete`; what was cut off before is made anew.
unpack() {
    target=$base/$1
    [ -f "$target/complete" ] && return
    rm -rf "$target"
    mkdir "$target"
    "$python" -m venv --without-pip "$target/venv"
    # The resolver refuses what lacks something, and files that the bundle does not name by their hash.
    PIP_CONFIG_FILE=/dev/null PYTHONPATH=$(ls "$here"/wheels/pip-*.whl) "$target/venv/bin/python" -m pip install \
        --quiet --disable-pip-version-check --no-cache-dir --no-index --require-hashes \
        --find-links "$here/wheels" --requirement "$here/requirements-$version.txt" ||
        fail "Python's packages could not be installed"
    cp "$here/install.sh" "$here/RELEASE" "$here/SHA256SUMS" "$target/"
    "$target/venv/bin/civicroot" gateway --help >/dev/null || fail "the new release does not start"
    sync -f "$target"
    : >"$target/complete"
}

# rename(2) is the switch: at no moment is there no release.
point() {
    ln -sfn "$2" "$base/.$1.new"
    mv -T "$base/.$1.new" "$base/$1"
}

pointed() { [ -L "$base/$1" ] && readlink "$base/$1" || true; }

install_files() {
    files=$("$base/current/venv/bin/python" -c 'import importlib.resources as r; print(r.files("civicroot_gateway") / "service")')
    mkdir -p "$units" "$root/usr/local/bin"
    if on_this_system; then
        systemd-sysusers "$files"/*.sysusers.conf
        install -d -m 700 -o "$service" -g "$service" "/var/lib/$service" # where `civicroot gateway init` makes the key
    fi
    install -m 644 "$files"/*.service "$units/"
    ln -sfn /opt/civicroot/current/venv/bin/civicroot "$root/usr/local/bin/civicroot"
    mkdir -p "$settings"
    "$base/current/venv/bin/civicroot" gateway config --print-default >"$settings/gateway.toml.default"
    if [ ! -e "$config" ]; then
        install -m 640 "$settings/gateway.toml.default" "$config"
        on_this_system && chgrp "$service" "$config"
    fi
    on_this_system && systemctl daemon-reload
    return 0
}

start_again() {
    runs || return 0
    systemctl restart "$service" || fail "the gateway does not start: journalctl -u $service; go back: sudo sh $base/current/install.sh rollback"
    say "the gateway runs again"
}

# All but the present release and the one before it.
clear_old() {
    for path in "$base"/*/; do
        name=$(basename "$path")
        case $name in current | previous | "$(pointed current)" | "$(pointed previous)") ;; *) rm -rf "$path" ;; esac
    done
}

do_install() {
    check_system
    lock
    release=$(release_of_bundle)
    before=$(pointed current)
    unpack "$release"
    if [ "$before" != "$release" ]; then
        [ -n "$before" ] && point previous "$before"
        point current "$release"
    fi
    install_files
    start_again
    clear_old
    if [ -n "$before" ]; then
        say "upgraded: $before -> $release"
    else
        say "installed: $release. Next: edit $config, then: sudo -u $service civicroot gateway init"
    fi
}

do_rollback() {
    on_this_system && [ "$(id -u)" -ne 0 ] && fail "only root can roll back"
    lock
    now=$(pointed current)
    before=$(pointed previous)
    [ -n "$before" ] && [ -f "$base/$before/complete" ] || fail "there is no release before $now"
    running=no
    runs && running=yes && systemctl stop "$service"
    # The older release is asked, which knows what it can use. One that cannot answer cannot use it either.
    if ! answer=$(civicroot "$before" data-format 2>&1); then
        [ $running = yes ] && systemctl start "$service"
        fail "$before cannot use configuration and data as they are now, so $now stays: $answer"
    fi
    point current "$before"
    point previous "$now"
    install_files
    [ $running = yes ] && systemctl start "$service"
    say "rolled back: $now -> $before"
}

case ${1:-install} in
    install) do_install ;;
    rollback) do_rollback ;;
    *) fail "usage: install.sh [install | rollback]" ;;
esac
