#!/usr/bin/env bash
# The programs that results are checked against, from Debian or Ubuntu: a PACS, DICOM validators, a browser, PDF tools, ip, a database.
# Tests marked `peers` need them. Does nothing where all are there; asks for sudo where it is not run by root.
set -euo pipefail

packages=(orthanc orthanc-dicomweb dcmtk dicom3tools chromium poppler-utils iproute2 postgresql)

missing=()
for package in "${packages[@]}"; do
  if [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]]; then
    missing+=("$package")
  fi
done
if ((${#missing[@]} == 0)); then
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet
"${as_root[@]}" apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
