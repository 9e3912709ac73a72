# shellcheck shell=bash
# The base image and its cache. An image is named by the digest of its recipe
# (the files in image/), so a changed recipe makes a new one. It is built aside
# and renamed when complete: an interrupted build is never used.

image_dir() {
	local digest
	digest=$(cd "$LAB_DIR/image" &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16)
	echo "$LAB_CACHE/image-$digest"
}

# archive LABEL DEFAULT: the address the machine itself uses for Debian's
# archive of that label.
archive() {
	local site
	# shellcheck disable=SC2016 # apt's own placeholders
	site=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(SITE)' 'Created-By: Packages' 2>/dev/null |
		sed -n "s/^Debian|$1|//p" | head -n 1)
	echo "${site:-$2}"
}

ensure_image() {
	local image build=$LAB_CACHE/building mirror security
	image=$(image_dir)
	[[ ! -d $image ]] || return 0
	mkdir -p "$LAB_CACHE"
	exec 6>"$LAB_CACHE/lock"
	flock 6
	[[ ! -d $image ]] || return 0
	mirror=${HARDENBOT_LAB_MIRROR:-$(archive Debian http://deb.debian.org/debian)}
	security=${HARDENBOT_LAB_SECURITY_MIRROR:-$(archive Debian-Security http://deb.debian.org/debian-security)}
	echo "lab: building the base image, about two minutes; log: $LAB_CACHE/build.log" >&2
	rm -rf --one-file-system "$build"
	# Namespaces of its own: when this is interrupted, its mounts and
	# processes go with it. It keeps the lock (6), so that it is alone even
	# when whoever started it was killed.
	LAB_MIRROR=${mirror%/} LAB_SECURITY_MIRROR=${security%/} \
		unshare --mount --pid --fork --kill-child --mount-proc \
		bash "$LAB_DIR/image/build.sh" "$build" </dev/null >"$LAB_CACHE/build.log" 2>&1 9>&- 8>&- || {
		tail -n 20 "$LAB_CACHE/build.log" >&2
		die "the base image could not be built; the whole log: $LAB_CACHE/build.log"
	}
	mv "$build" "$image"
	exec 6>&-
}

# prune_images: drops images that are neither current nor under a host.
prune_images() {
	local current image
	current=$(image_dir)
	for image in "$LAB_CACHE"/image-*; do
		[[ $image != "$current" ]] || continue
		cat "$LAB_STATE"/hosts/*/image 2>/dev/null | grep -qxF "$image" ||
			rm -rf --one-file-system "$image"
	done
}
