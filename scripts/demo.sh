#!/usr/bin/env bash
# Makes the lab, brings the mesh up on it, and proves it by real traffic. Run again, nothing changes.
. "$(dirname "$0")/setup.sh"

echo "== lab: three real hosts (the first time one to three minutes)"
node bin/mesh-play.js playbooks/lab.yml
echo "== site: network, private DNS, workload identity, services (the first time programs are built, which takes minutes)"
node bin/mesh-play.js playbooks/site.yml -i inventories/lab
echo "== verify: real calls between the services, and everything that must be refused"
node bin/mesh-play.js playbooks/verify.yml -i inventories/lab
echo
echo "The lab stays up. Run this again: nothing changes. The services are in inventories/lab/group_vars/all/services.yml:"
echo "  change a stanza:  node bin/mesh-play.js playbooks/site.yml -i inventories/lab"
echo "  prove it again:   node bin/mesh-play.js playbooks/verify.yml -i inventories/lab"
echo "  remove the lab:   node bin/mesh-play.js playbooks/lab.yml -e lab_state=absent"
