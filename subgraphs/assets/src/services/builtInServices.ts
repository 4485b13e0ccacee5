import type { ServiceCategory } from '../../generated/graphql.ts';

/** A kind of service. */
export interface Service {
  readonly key: string;
  readonly name: string;
  readonly category: ServiceCategory;
  /** By convention: IANA's registry of ports, or what its makers say. */
  readonly port: number;
  readonly isBuiltIn: boolean;
}

type Row = readonly [key: string, name: string, port: number];

const rows: Record<ServiceCategory, readonly Row[]> = {
  REMOTE_ACCESS: [
    ['ssh', 'SSH', 22],
    ['telnet', 'Telnet', 23],
    ['rdp', 'Remote Desktop', 3389],
    ['vnc', 'VNC', 5900],
    ['winrm', 'WinRM over HTTP', 5985],
    ['winrm-https', 'WinRM over HTTPS', 5986],
    ['ipmi', 'IPMI', 623],
  ],
  FILE_TRANSFER: [
    ['sftp', 'SFTP', 22],
    ['ftp', 'FTP', 21],
    ['ftps', 'FTP over TLS', 990],
    ['tftp', 'TFTP', 69],
    ['rsync', 'rsync', 873],
  ],
  WEB: [
    ['http', 'HTTP', 80],
    ['https', 'HTTPS', 443],
    ['http-alt', 'HTTP, alternative port', 8080],
    ['https-alt', 'HTTPS, alternative port', 8443],
    ['squid', 'Squid proxy', 3128],
  ],
  DATABASE: [
    ['postgresql', 'PostgreSQL', 5432],
    ['mysql', 'MySQL or MariaDB', 3306],
    ['mssql', 'Microsoft SQL Server', 1433],
    ['oracle', 'Oracle Database', 1521],
    ['mongodb', 'MongoDB', 27017],
    ['redis', 'Redis or Valkey', 6379],
    ['memcached', 'memcached', 11211],
    ['cassandra', 'Apache Cassandra', 9042],
    ['elasticsearch', 'Elasticsearch or OpenSearch', 9200],
    ['influxdb', 'InfluxDB', 8086],
    ['clickhouse', 'ClickHouse', 9000],
    ['couchdb', 'CouchDB', 5984],
    ['etcd', 'etcd', 2379],
  ],
  MESSAGING: [
    ['amqp', 'AMQP', 5672],
    ['amqps', 'AMQP over TLS', 5671],
    ['mqtt', 'MQTT', 1883],
    ['mqtts', 'MQTT over TLS', 8883],
    ['kafka', 'Apache Kafka', 9092],
    ['nats', 'NATS', 4222],
    ['zookeeper', 'Apache ZooKeeper', 2181],
  ],
  MAIL: [
    ['smtp', 'SMTP', 25],
    ['submission', 'Mail submission', 587],
    ['smtps', 'SMTP over TLS', 465],
    ['imap', 'IMAP', 143],
    ['imaps', 'IMAP over TLS', 993],
    ['pop3', 'POP3', 110],
    ['pop3s', 'POP3 over TLS', 995],
  ],
  DIRECTORY: [
    ['ldap', 'LDAP', 389],
    ['ldaps', 'LDAP over TLS', 636],
    ['kerberos', 'Kerberos', 88],
    ['radius', 'RADIUS', 1812],
  ],
  NAMING: [
    ['dns', 'DNS', 53],
    ['dns-tls', 'DNS over TLS', 853],
    ['dhcp', 'DHCP', 67],
    ['ntp', 'NTP', 123],
  ],
  MONITORING: [
    ['snmp', 'SNMP', 161],
    ['syslog', 'Syslog', 514],
    ['prometheus', 'Prometheus', 9090],
    ['node-exporter', 'Prometheus node exporter', 9100],
    ['grafana', 'Grafana', 3000],
    ['zabbix-agent', 'Zabbix agent', 10050],
    ['nrpe', 'NRPE', 5666],
  ],
  STORAGE: [
    ['nfs', 'NFS', 2049],
    ['smb', 'SMB', 445],
    ['iscsi', 'iSCSI', 3260],
    ['minio', 'S3 (MinIO)', 9002],
  ],
  CONTAINER: [
    ['docker', 'Docker API over TLS', 2376],
    ['kubernetes', 'Kubernetes API', 6443],
    ['kubelet', 'Kubelet', 10250],
    ['registry', 'Container registry', 5000],
  ],
  NETWORK: [
    ['netconf', 'NETCONF over SSH', 830],
    ['restconf', 'RESTCONF', 8444],
    ['bgp', 'BGP', 179],
    ['openvpn', 'OpenVPN', 1194],
    ['wireguard', 'WireGuard', 51820],
  ],
  OTHER: [
    ['vault', 'HashiCorp Vault', 8200],
    ['consul', 'HashiCorp Consul', 8500],
    ['puppet', 'Puppet server', 8140],
    ['salt', 'Salt master', 4506],
    ['ipp', 'Internet Printing Protocol', 631],
    ['sip', 'SIP', 5060],
    ['git', 'Git protocol', 9418],
  ],
};

/** By key. */
export const builtInServices: ReadonlyMap<string, Service> = new Map(
  Object.entries(rows).flatMap(([category, services]) =>
    services.map(([key, name, port]) => [
      key,
      { key, name, category: category as ServiceCategory, port, isBuiltIn: true },
    ]),
  ),
);
