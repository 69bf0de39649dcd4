#!/usr/bin/env bash
# Makes the lab, brings the site up on it, and proves it. Run again, nothing changes.
. "$(dirname "$0")/setup.sh"

echo "== lab: three real hosts (the first time one to three minutes)"
node bin/mesh-play.js playbooks/lab.yml
echo "== site: private DNS and workload identity (the first time programs are built, which takes minutes)"
node bin/mesh-play.js playbooks/site.yml -i inventories/lab
echo "== verify: what must work and what must be refused"
node bin/mesh-play.js playbooks/verify.yml -i inventories/lab
echo
echo "The lab stays up: mesh-play playbooks/site.yml -i inventories/lab"
echo "Remove it with:   node bin/mesh-play.js playbooks/lab.yml -e lab_state=absent"
