#!/bin/bash
# root.sh FOLDER
#
# Makes the disk of a test machine in a folder that is there and empty: root.ext4, with the kernel beside it (vmlinuz). All is
# Debian's own, of the release that this machine has, unpacked and not installed: nothing of this machine changes. Needs root,
# apt-get, dpkg-deb, GNU tar, chroot and mkfs.ext4, and 700 MB while it works. It ends with 3 where Debian's servers are not reached.
set -euo pipefail
cd "$1"

# Its own lists and archives, and a state in which nothing is installed, so that apt names all that is needed.
mkdir -p apt/lists/partial apt/archives/partial
: >apt/status
apt=(apt-get -qq -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::State::status=$PWD/apt/status"
	-o "Dir::Cache=$PWD/apt" -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Languages=none
	-o Acquire::Retries=3 --no-install-recommends)
export DEBIAN_FRONTEND=noninteractive
"${apt[@]}" update || exit 3 # nobody brings packages
"${apt[@]}" --download-only -y install linux-image-cloud-amd64 systemd systemd-sysv nftables iproute2 runc busybox-static \
	util-linux mount procps libcap2-bin

mkdir -p root/usr/{bin,sbin,lib,lib64} root/{proc,sys,dev,run,tmp,root,mnt,opt/files}
for d in bin sbin lib lib64; do ln -s "usr/$d" "root/$d"; done
unpack() {
	dpkg-deb --fsys-tarfile "$1" | tar --keep-directory-symlink -x -C root \
		--exclude='./usr/share/doc*' --exclude='./usr/share/man*' --exclude='./usr/share/locale*' --exclude='*/kernel/drivers/gpu*' \
		--exclude='*/kernel/sound*' --exclude='./usr/share/zoneinfo*' --exclude='*/udev/hwdb*'
}
export -f unpack
ls -S apt/archives/*.deb | xargs -P 4 -I {} bash -c 'unpack {}'

cat >root/etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534::/:/bin/sh
END
cat >root/etc/group <<'END'
root:x:0:
tty:x:5:
disk:x:6:
systemd-journal:x:999:
nogroup:x:65534:
END
echo testmachine >root/etc/hostname
echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
: >root/etc/fstab
# What no package brought, busybox has.
for tool in $(chroot root /bin/busybox --list); do
	[[ -e root/usr/bin/$tool || -e root/usr/sbin/$tool ]] || ln -s busybox "root/usr/bin/$tool"
done
for kernel in root/lib/modules/*; do chroot root /sbin/depmod -a "${kernel##*/}"; done
cp root/boot/vmlinuz-* vmlinuz
rm -rf root/boot/* root/var/cache/*

# systemd begins what has to do with services, and nothing of what a machine with hardware and people needs.
units=root/etc/systemd/system
rm -rf root/lib/systemd/system/{sysinit,sockets,local-fs,timers}.target.wants/* $units/*.wants
ln -s ../systemd-journald.service root/lib/systemd/system/sysinit.target.wants/
cat >$units/testmachine.target <<'END'
[Unit]
Description=What tests are run in
Requires=basic.target
Wants=testmachine.service
After=basic.target
AllowIsolate=yes
END
cat >$units/testmachine.service <<'END'
[Unit]
Description=Whoever does what a test says
After=basic.target

[Service]
ExecStartPre=/sbin/modprobe -a virtio_pci virtio_console
ExecStartPre=/bin/mount -o ro /dev/nvme1n1 /opt/files
ExecStart=/opt/files/inside
Environment=EVENKEEL_TEST_MACHINE=/dev/vport0p1 HOME=/root PATH=/usr/sbin:/usr/bin
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStopPost=/bin/sh -c "echo o >/proc/sysrq-trigger"
KillMode=process
END

truncate -s 700M root.part
mkfs.ext4 -q -F -O ^has_journal -d root root.part
rm -rf root apt
mv root.part root.ext4
