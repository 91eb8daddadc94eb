#!/usr/bin/env bash
# Builds .tools/toolchain: a Rust toolchain with the wasm32-unknown-unknown target, from Debian packages.
#
# Debian has a current compiler (rustc-web) but no current wasm32 standard library. It has the library's source
# (rust-web-src), so the library is built here once, in about a minute, and laid out with links to Debian's compiler as
# a sysroot of its own. Nothing outside the project is changed. With .tools/toolchain/bin first in PATH, plain cargo,
# clippy, doc tests and wasm-pack work for the host and for wasm32.
#
# Safe to run twice: does nothing while the toolchain is of the installed compiler's version.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
tools=$root/.tools
toolchain=$tools/toolchain
target=wasm32-unknown-unknown

version=$(/usr/bin/rustc --version)
linker=$(ls -d /usr/lib/llvm-*/bin/lld 2>/dev/null | sort -V | tail -n 1)
if [ -z "$linker" ]; then
    echo "No LLVM linker found: install a recent Debian package lld-N (for example lld-22)." >&2
    exit 1
fi
if [ "$(cat "$toolchain/version" 2>/dev/null)" = "$version" ] && "$toolchain/bin/rustc" --version >/dev/null 2>&1; then
    exit 0
fi

host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
echo "Building the standard library of $target for $version"

# 1. The library: an empty crate, built together with the standard library.
build=$tools/build-std
rm -rf "$build"
mkdir -p "$build/src"
cat > "$build/Cargo.toml" <<'TOML'
[package]
name = "empty"
version = "0.0.0"
edition = "2024"

[workspace]
TOML
echo '#![no_std]' > "$build/src/lib.rs"
# Bitcode: without it, builds with link-time optimisation find none in the standard library.
(cd "$build" && env -u RUSTC_WRAPPER -u CARGO_BUILD_TARGET RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$build/target" \
    RUSTFLAGS="-Cembed-bitcode=yes -Zforce-unstable-if-unmarked" \
    /usr/bin/cargo build --quiet -Z build-std=std,panic_abort,test --target $target --release)

# 2. The sysroot, beside the old one until it is complete.
new=$toolchain.new
rm -rf "$new"
mkdir -p "$new/bin" "$new/lib/rustlib/$target/lib" "$new/lib/rustlib/$host/bin"
cp "$build/target/$target/release/deps/"*.rlib "$new/lib/rustlib/$target/lib/"
rm -f "$new/lib/rustlib/$target/lib/"libempty-*.rlib
ln -s "/usr/lib/rustlib/$host/lib" "$new/lib/rustlib/$host/lib"
# rustc looks for its wasm linker here, under this name.
ln -s "$linker" "$new/lib/rustlib/$host/bin/rust-lld"
for entry in /usr/lib/rustlib/*; do
    name=$(basename "$entry")
    [ -e "$new/lib/rustlib/$name" ] || ln -s "$entry" "$new/lib/rustlib/$name"
done

# 3. The commands. rustc must name the new sysroot; cargo-clippy looks for clippy-driver beside itself, hence a copy.
for command in rustc rustdoc; do
    printf '#!/bin/sh\nexec /usr/bin/%s --sysroot="%s" "$@"\n' $command "$toolchain" > "$new/bin/$command"
done
printf '#!/bin/sh\nexec env SYSROOT="%s" /usr/bin/clippy-driver "$@"\n' "$toolchain" > "$new/bin/clippy-driver"
chmod +x "$new/bin/"*
cp /usr/bin/cargo-clippy "$new/bin/cargo-clippy"
for command in cargo cargo-fmt rustfmt; do
    ln -s "/usr/bin/$command" "$new/bin/$command"
done
echo "$version" > "$new/version"

rm -rf "$toolchain"
mv "$new" "$toolchain"
rm -rf "$build"
