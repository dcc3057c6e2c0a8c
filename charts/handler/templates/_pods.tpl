{{/* The common settings of the handler's pods: Pod Security `restricted`, and no access to the API server. */}}
{{- define "handler.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
# As PID 1 of its own namespace, the process would ignore a SIGTERM that arrives before its signal handler is installed, and run until SIGKILL.
shareProcessNamespace: true
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "handler.container" -}}
image: {{ include "handler.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - name: handler
    mountPath: /app/handler.json
    subPath: handler.json
    readOnly: true
  - name: tmp
    mountPath: /tmp
  {{- with .Values.broker.ca }}
  - name: broker-ca
    mountPath: /etc/broker-ca
    readOnly: true
  {{- end }}
  {{- with .Values.postgres.ca }}
  - name: postgres-ca
    mountPath: /etc/postgres-ca
    readOnly: true
  {{- end }}
{{- end }}

{{/* `configMap` is the name of the ConfigMap with handler.json. */}}
{{- define "handler.volumes" -}}
- name: handler
  configMap:
    name: {{ .configMap }}
- name: tmp
  emptyDir: {}
{{- with .root.Values.broker.ca }}
- name: broker-ca
  secret:
    secretName: {{ . }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- with .root.Values.postgres.ca }}
- name: postgres-ca
  secret:
    secretName: {{ . }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- end }}
