{{/*
The environment variables of the handler's process. Passwords have variables of their own: in a URL they would have to be encoded.
A variable that only serves to build another one has a lower-case name, so it cannot collide with a variable of handler.yaml. `$(` in a value is escaped, because Kubernetes would substitute another variable.
*/}}
{{- define "handler.environment" -}}
{{- $secret := include "handler.credentials" . -}}
- name: HANDLER_VERSION
  value: {{ include "handler.version" . | quote }}
{{- with .Values.broker }}
- name: AMQP_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: password }
- name: AMQP_URL
  value: {{ .tls | ternary "amqps" "amqp" }}://{{ $.Release.Name }}@{{ include "handler.brokerHost" $ }}:{{ include "handler.brokerPort" $ }}/{{ .vhost }}
{{- if .ca }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/broker-ca/ca.crt
{{- end }}
{{- end }}
{{- if .Values.database }}
{{ include "handler.databaseUrl" . }}
{{- end }}
{{- $replaced := include "handler.replacedVariables" . | fromJsonArray }}
{{- range $name, $value := .Values.env }}
{{- if not (has $name $replaced) }}
- name: {{ $name }}
  {{- if eq $value "" }}
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: {{ $name }} }
  {{- else }}
  value: {{ $value | replace "$(" "$$(" | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The names of the variables in extraEnv, which replace those of handler.yaml. */}}
{{- define "handler.replacedVariables" -}}
{{- $names := list -}}
{{- range .Values.extraEnv }}{{ $names = append $names .name }}{{ end -}}
{{ toJson $names }}
{{- end }}

{{- define "handler.databaseUrl" -}}
- name: DATABASE_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ include "handler.credentials" . }}, key: database-password }
- name: DATABASE_URL
  value: postgres://{{ .Release.Name }}@{{ include "handler.databaseServer" . }}/{{ .Release.Name }}{{ include "handler.databaseTls" . }}
{{- end }}

{{/* The variables with which the prepare Job creates roles and a database. */}}
{{- define "handler.databaseAdministration" -}}
- name: SCALER_USER
  value: {{ include "handler.scalerRole" . }}
- name: SCALER_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ include "handler.credentials" . }}, key: scaler-password }
{{- with .Values.postgres.admin }}
- name: admin_username
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: username }
- name: ADMIN_DATABASE_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: password }
- name: ADMIN_DATABASE_URL
  value: postgres://$(admin_username)@{{ include "handler.databaseServer" $ }}/postgres{{ include "handler.databaseTls" $ }}
{{- end }}
{{- end }}

{{- define "handler.brokerPort" -}}
{{ .Values.broker.tls | ternary 5671 5672 }}
{{- end }}

{{- define "handler.databaseServer" -}}
{{ include "handler.postgresHost" . }}:{{ .Values.postgres.port | int }}
{{- end }}

{{/* The query part of the database URL. */}}
{{- define "handler.databaseTls" -}}
{{- with .Values.postgres -}}
{{- if .tls }}?sslmode=verify-full{{ if .ca }}&sslrootcert=/etc/postgres-ca/ca.crt{{ end }}{{ end -}}
{{- end -}}
{{- end }}
