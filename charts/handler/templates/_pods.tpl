{{/* The common settings of the handler's pods. They have no access to the API server. */}}
{{- define "handler.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
shareProcessNamespace: {{ .Values.shareProcessNamespace }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- range $setting := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $.Values $setting }}
{{ $setting }}: {{ toJson . }}
{{- end }}
{{- end }}
securityContext: {{ toJson .Values.podSecurityContext }}
{{- end }}

{{- define "handler.container" -}}
image: {{ include "handler.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{ toJson .Values.securityContext }}
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
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
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
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Constraints without a labelSelector spread the pods of this handler. */}}
{{- define "handler.topologySpread" -}}
{{- with .Values.topologySpreadConstraints -}}
topologySpreadConstraints:
  {{- range . }}
  {{- $all := dict "labelSelector" (dict "matchLabels" (include "handler.selector" $ | fromYaml)) }}
  {{- range $key, $value := . }}{{ $_ := set $all $key $value }}{{ end }}
  - {{ toJson $all }}
  {{- end }}
{{- end -}}
{{- end }}
