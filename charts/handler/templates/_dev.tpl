{{/* The image is read-only, so `skaffold dev` replaces files in a copy of it. */}}
{{- define "handler.copyCode" -}}
- name: copy-code
  image: {{ include "handler.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [-e, "require('node:fs').cpSync('/app', '/code', { recursive: true })"]
  securityContext: {{ toJson .Values.securityContext }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  volumeMounts:
    - name: code
      mountPath: /code
{{- end }}
