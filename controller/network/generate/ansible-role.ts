/** The files of the role that are the same everywhere, by their path in it. Each gets its heading where it is written. */
export const ROLE_FILES: Readonly<Record<string, string>> = {
  'defaults/main.yml': `---
# Of the role's files: the script of this host.
fedmesh_routes_script: "{{ inventory_hostname }}.sh"
fedmesh_routes_path: /usr/local/sbin/fedmesh-routes
# Applies it at boot, and again when something has been lost.
fedmesh_routes_persist: true
fedmesh_routes_interval: 1min
`,
  'meta/main.yml': `---
galaxy_info:
  role_name: fedmesh_routes
  namespace: fedmesh
  author: Fedmesh
  description: Routes and rules by which pods of one cluster reach those of others
  license: Apache-2.0
  min_ansible_version: "2.12"
  platforms:
    - name: GenericLinux
      versions:
        - all
dependencies: []
`,
  'handlers/main.yml': `---
- name: Read the units anew
  ansible.builtin.systemd:
    daemon_reload: true

- name: Restart the timer
  ansible.builtin.systemd:
    name: fedmesh-routes.timer
    state: restarted
`,
  'tasks/main.yml': `---
- name: Apply
  ansible.builtin.import_tasks: apply.yml

- name: Remove
  ansible.builtin.import_tasks: remove.yml
  tags:
    - never
    - remove
`,
  'tasks/apply.yml': `---
- name: Install the script with the host's routes and rules
  ansible.builtin.copy:
    src: "{{ fedmesh_routes_script }}"
    dest: "{{ fedmesh_routes_path }}"
    owner: root
    group: root
    mode: "0755"

- name: See whether anything is missing
  ansible.builtin.command:
    cmd: "{{ fedmesh_routes_path }} check"
  register: fedmesh_routes_check
  changed_when: false
  failed_when: fedmesh_routes_check.rc not in [0, 1]

- name: Apply routes and rules
  ansible.builtin.command:
    cmd: "{{ fedmesh_routes_path }} apply"
  when: fedmesh_routes_check.rc == 1
  changed_when: true

- name: Install the units that keep them
  ansible.builtin.template:
    src: "{{ item }}.j2"
    dest: "/etc/systemd/system/{{ item }}"
    owner: root
    group: root
    mode: "0644"
  loop:
    - fedmesh-routes.service
    - fedmesh-routes.timer
  when:
    - fedmesh_routes_persist | bool
    - ansible_service_mgr == 'systemd'
  notify:
    - Read the units anew
    - Restart the timer

- name: Start them at boot
  ansible.builtin.systemd:
    name: "{{ item }}"
    enabled: true
    daemon_reload: true
  loop:
    - fedmesh-routes.service
    - fedmesh-routes.timer
  when:
    - fedmesh_routes_persist | bool
    - ansible_service_mgr == 'systemd'
    - not ansible_check_mode
`,
  'tasks/remove.yml': `---
- name: Look for the units
  ansible.builtin.stat:
    path: /etc/systemd/system/fedmesh-routes.timer
  register: fedmesh_routes_timer

- name: Stop them
  ansible.builtin.systemd:
    name: "{{ item }}"
    enabled: false
    state: stopped
  loop:
    - fedmesh-routes.timer
    - fedmesh-routes.service
  when:
    - fedmesh_routes_persist | bool
    - fedmesh_routes_timer.stat.exists
    - ansible_service_mgr == 'systemd'

- name: Look for the script
  ansible.builtin.stat:
    path: "{{ fedmesh_routes_path }}"
  register: fedmesh_routes_installed

- name: Remove routes and rules
  ansible.builtin.command:
    cmd: "{{ fedmesh_routes_path }} remove"
  when: fedmesh_routes_installed.stat.exists
  register: fedmesh_routes_removed
  changed_when: fedmesh_routes_removed.stdout | length > 0

- name: Delete the script
  ansible.builtin.file:
    path: "{{ fedmesh_routes_path }}"
    state: absent

- name: Delete the units
  ansible.builtin.file:
    path: "/etc/systemd/system/{{ item }}"
    state: absent
  loop:
    - fedmesh-routes.service
    - fedmesh-routes.timer
  when:
    - fedmesh_routes_persist | bool
    - ansible_service_mgr == 'systemd'
  notify: Read the units anew
`,
  'templates/fedmesh-routes.service.j2': `[Unit]
Description=Routes and rules between clusters
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={{ fedmesh_routes_path }} apply

[Install]
WantedBy=multi-user.target
`,
  'templates/fedmesh-routes.timer.j2': `[Unit]
Description=Routes and rules between clusters, where something has removed them

[Timer]
OnBootSec={{ fedmesh_routes_interval }}
OnUnitInactiveSec={{ fedmesh_routes_interval }}

[Install]
WantedBy=timers.target
`,
};

export const PLAYBOOK = `---
- name: Routes and rules between clusters
  hosts: fedmesh
  become: true
  gather_facts: true
  gather_subset:
    - min
  roles:
    - role: fedmesh_routes
`;
